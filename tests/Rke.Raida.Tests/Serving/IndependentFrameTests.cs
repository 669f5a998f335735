using Rke.Raida.Coins;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests.Serving;

/// <summary>Compares responses byte by byte with frames that were computed independently or captured.</summary>
public class IndependentFrameTests
{
    public static TheoryData<string> Names => [.. VectorFile.Wire
        .Where(vector => (string)vector["command"]! != "signal")
        .Select(vector => (string)vector["name"]!)];

    [Theory, MemberData(nameof(Names))]
    public async Task The_response_to_a_vector_is_equal_byte_by_byte(string name)
    {
        var vector = new Vector(name);
        var time = new AdvancingTime();
        var coins = new NetworkCoins();
        coins[vector.Address.RaidaId].Add(vector.Address.Coin, vector.Cipher!.Number);
        await using var host = await StartAsync(vector.Profile, vector.Address.RaidaId, coins, time);
        var server = host.EndPoints[vector.Address.RaidaId];
        if (vector.Command == WireCommand.GetKey)
        {
            coins[vector.Address.RaidaId].Add(vector.Sender, TestClient.NumberOf(vector.Sender));
            using var sender = new TestClient(vector.Sender, vector.Profile, vector.Address.RaidaId);
            using var from = new UdpPeer(server, vector.SenderAddress);
            var post = sender.Post(vector.KeyId, vector.Hex("key_part"));
            Assert.Equal(WireStatus.Success, post.StatusOf(await from.ExchangeAsync(post.Datagram)));
        }

        var unit = vector.Profile == WireProfile.Rke ? 1 : 1000;
        time.NanosecondsPerReading = (long)vector.Json["execution_time_ns"]! * unit;
        using var peer = new UdpPeer(server);
        var answer = await peer.ExchangeAsync(vector.Hex("request"));
        Assert.Equal(Convert.ToHexString(vector.Hex("response")), Convert.ToHexString(answer));
    }

    [Theory]
    [InlineData(14, ResponseIv.Same, "get key, type 1, response IV same as the request")]
    [InlineData(15, ResponseIv.Continued, "get key, type 1, response IV continued, RAIDA 15")]
    public async Task The_responses_equal_the_captures_of_the_deployed_server(byte raidaId, ResponseIv iv, string get)
    {
        var coins = new NetworkCoins();
        var number = AuthenticityNumber.Read(Convert.FromHexString("101112131415161718191a1b1c1d1e1f"));
        coins[raidaId].Add(new CoinId(0, 1000), number);
        await using var host = await StartAsync(WireProfile.Raidax, raidaId, coins, TimeProvider.System, iv);
        using var peer = new UdpPeer(host.EndPoints[raidaId]);
        foreach (var name in new[] { "echo, type 0", "post key, type 1", get, get })
        {
            var capture = VectorFile.Captures.First(capture => ((string)capture["name"]!).StartsWith(name));
            var request = Convert.FromHexString((string)capture["request"]!);
            var response = Convert.FromHexString((string)capture["response"]!);
            request[2] = response[0] = raidaId;
            var answer = await peer.ExchangeAsync(request);
            response.AsSpan(12, 4).Clear();
            answer.AsSpan(12, 4).Clear();
            Assert.Equal(Convert.ToHexString(response), Convert.ToHexString(answer));
        }
    }

    [Fact]
    public async Task A_key_server_rejects_a_Signal()
    {
        var names = VectorFile.Wire.Select(vector => (string)vector["name"]!);
        var vector = new Vector(names.First(name => name.Contains("signal")));
        await using var host = await StartAsync(WireProfile.Rke, 0, new NetworkCoins(), TimeProvider.System);
        using var peer = new UdpPeer(host.EndPoints[0]);
        var answer = await peer.ExchangeAsync(vector.Hex("request"));
        Assert.Equal(ResponseVerdict.Believed, ResponseFrame.Examine(vector.Expected, answer, out var frame, out _));
        Assert.Equal((6, true), (frame.Header.Status, frame.IsHeaderError));
    }

    private static Task<KeyServerHost> StartAsync(
        WireProfile profile, byte raidaId, NetworkCoins coins, TimeProvider time, ResponseIv iv = ResponseIv.Same) =>
        KeyServerHost.StartAsync(
            new() { Profile = profile, RaidaIds = [raidaId], ResponseIv = iv, ReceiveThreads = 1 }, coins, time);
}
