using FsCheck;
using FsCheck.Fluent;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Names;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests.Serving;

/// <summary>Tests of hostile datagrams: the server never throws, and never amplifies forged requests.</summary>
public class HostileDatagramTests
{
    private const int Trials = 3_000;
    private static readonly RemoteAddress Source = new(0x7F000001, 50000);

    [Theory]
    [InlineData(WireProfile.Rke), InlineData(WireProfile.Raidax)]
    public void A_response_is_not_longer_than_random_bytes(WireProfile profile)
    {
        using var server = CreateServer(profile);
        var bytes = Gen.Choose(0, 1401).SelectMany(length => AnyByte.ArrayOf(length));
        Prop.ForAll(bytes.ToArbitrary(), datagram => AssertNoAmplifier(server, profile, datagram, longest: 0))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory]
    [InlineData(WireProfile.Rke), InlineData(WireProfile.Raidax)]
    public void A_response_is_not_longer_than_a_damaged_request(WireProfile profile)
    {
        using var server = CreateServer(profile);
        using var client = new TestClient(new CoinId(1, 1), profile, RunningServer.RaidaId);
        byte[][] requests =
        [
            client.Echo().Datagram, client.Echo(plain: true).Datagram,
            client.Post(TestClient.IdOf(1), new byte[40], 3).Datagram,
            client.Post(TestClient.IdOf(1), new byte[40], 3, plain: true).Datagram,
            client.Get(TestClient.IdOf(1)).Datagram, client.Get(TestClient.IdOf(1), plain: true).Datagram,
            client.LookUp(NameRecordType.A, "example").Datagram,
            client.LookUp(NameRecordType.A, "example", plain: false).Datagram,
        ];
        var change = Gen.Choose(0, 300).SelectMany(at => AnyByte.Select(value => (At: at, Value: value)));
        var damaged =
            from request in Gen.Elements(requests)
            from count in Gen.Choose(0, 4)
            from changes in change.ArrayOf(count)
            from cut in Gen.Choose(0, 20)
            select Damage(request, changes, cut);
        Prop.ForAll(damaged.ToArbitrary(), datagram => AssertNoAmplifier(server, profile, datagram, longest: 112))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Trials));
    }

    [Fact]
    public void Every_prefix_of_every_request_is_rejected_or_ignored()
    {
        using var server = CreateServer(WireProfile.Rke);
        using var client = new TestClient(new CoinId(1, 1), WireProfile.Rke, RunningServer.RaidaId);
        var answer = new byte[ProfileRules.MaxResponseLength];
        TestRequest[] requests = [client.Echo(), client.Post(TestClient.IdOf(1), new byte[8]), client.Get(TestClient.IdOf(1))];
        foreach (var request in requests)
        {
            for (var length = 0; length < request.Datagram.Length; length++)
            {
                var answered = server.Handle(Source, request.Datagram.AsSpan(0, length), answer);
                Assert.Equal(length < 32 ? 0 : 32, answered);
                Assert.True(answered == 0 || answer[2] is 16 or 36);
            }
        }

        Assert.Equal(0, server.WaitingKeys);
    }

    private static Gen<byte> AnyByte => Gen.Choose(0, 255).Select(value => (byte)value);

    private static void AssertNoAmplifier(KeyServer server, WireProfile profile, byte[] datagram, int longest)
    {
        var answer = new byte[ProfileRules.MaxResponseLength];
        var length = server.Handle(Source, datagram, answer);
        Assert.True(length <= Math.Max(datagram.Length, longest));
        if (length > 0)
        {
            var right = ResponseFrame.TryRead(profile, answer.AsSpan(0, length), out var frame, out var error);
            Assert.True(right, $"{error}");
            Assert.Equal(RunningServer.RaidaId, frame.Header.RaidaId);
        }
    }

    private static byte[] Damage(byte[] request, (int At, byte Value)[] changes, int cut)
    {
        var damaged = request.ToArray();
        foreach (var (at, value) in changes)
        {
            damaged[at % damaged.Length] = value;
        }

        // Some of the datagrams are truncated.
        return cut < 15 ? damaged : damaged[..^(cut - 14)];
    }

    private static KeyServer CreateServer(WireProfile profile)
    {
        Assert.True(Zone.TryParse("example A 192.0.2.1", out var zone, out _));
        var options = new KeyServerOptions
        {
            Profile = profile,
            Zone = zone,
            AmplificationBytesPerSecond = 0,
            PostLimit = 50,
        };
        var coins = new CoinTable();
        var coin = new CoinId(1, 1);
        coins.Add(coin, TestClient.NumberOf(coin));
        return new KeyServer(RunningServer.RaidaId, options, coins, new KeyCapacity(options.MaxKeys), TimeProvider.System);
    }
}
