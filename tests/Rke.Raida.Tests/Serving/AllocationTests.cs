using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests.Serving;

/// <summary>A request allocates no memory once the tables have their size.</summary>
[Collection(nameof(NoParallelTests))]
public class AllocationTests
{
    private const int Requests = 500;
    private const int CoinCount = 600;
    private const int Attempts = 5;

    private static readonly RemoteAddress Source = new(0x7F000001, 50000);

    public static TheoryData<WireProfile, string> Kinds
    {
        get
        {
            var data = new TheoryData<WireProfile, string>();
            foreach (var profile in Enum.GetValues<WireProfile>())
            {
                foreach (var kind in (string[])["echo", "encrypted echo", "found", "not found", "post", "overwriting post", "unknown coin"])
                {
                    // A raidax server keeps parts that were read. So new ids always need new places.
                    if (profile == WireProfile.Rke || kind != "post")
                    {
                        data.Add(profile, kind);
                    }
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_request_does_not_allocate(WireProfile profile, string kind)
    {
        using var server = CreateServer(new() { Profile = profile, MaxCachedResponses = 100 });

        // The runtime itself can allocate on this thread. One run without allocation is sufficient. The first run fills
        // the tables. There are more coins than keyed ciphers.
        var minimum = long.MaxValue;
        for (var attempt = 0; attempt < Attempts && minimum > 0; attempt++)
        {
            var ids = Enumerable.Range(0, Requests).Select(number => TestClient.IdOf((attempt * 10_000) + number)).ToList();
            if (kind == "found")
            {
                Handle(server, profile, ids, attempt * 10, (client, id) => client.Post(id, new byte[40]));
            }

            var bytes = Handle(server, profile, ids, (attempt * 10) + 1, kind switch
            {
                "echo" => (client, _) => client.Echo(plain: true),
                "encrypted echo" => (client, _) => client.Echo(),
                "found" or "not found" => (client, id) => client.Get(id),
                "post" => (client, id) => client.Post(id, new byte[32]),
                "overwriting post" => (client, _) => client.Post(TestClient.IdOf((int)client.Coin.SerialNumber), new byte[32]),
                _ => (client, id) => new TestClient(new(2, client.Coin.SerialNumber), profile).Get(id),
            });
            minimum = Math.Min(minimum, bytes);
            if (kind == "post")
            {
                Handle(server, profile, ids, (attempt * 10) + 2, (client, id) => client.Get(id));
            }
        }

        Assert.Equal(0, minimum);
    }

    [Fact]
    public void A_post_under_a_limit_allocates_only_the_growth_of_the_window()
    {
        using var server = CreateServer(new() { PostLimit = 1_000, MaxCachedResponses = 100 });
        var ids = Enumerable.Range(0, Requests).Select(TestClient.IdOf).ToList();
        for (var round = 0; round < 4; round++)
        {
            var bytes = Handle(server, WireProfile.Rke, ids, round, (client, id) => client.Post(id, new byte[32]));
            Assert.InRange(bytes, 0, round == 0 ? long.MaxValue : Requests * 100);
        }
    }

    // Each request has another coin. Returns the allocated bytes.
    private static long Handle(
        KeyServer server, WireProfile profile, List<KeyId> ids, int round, Func<TestClient, KeyId, TestRequest> create)
    {
        var answer = new byte[ProfileRules.MaxResponseLength];
        var datagrams = ids.Select((id, number) =>
        {
            var client = new TestClient(new CoinId(1, (uint)(number % CoinCount)), profile) { FirstCounter = (ulong)round * 100 };
            return create(client, id).Datagram;
        }).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var datagram in datagrams)
        {
            if (server.Handle(Source, datagram, answer) == 0)
            {
                throw new InvalidOperationException("No response.");
            }
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static KeyServer CreateServer(KeyServerOptions options)
    {
        var coins = new CoinTable();
        for (uint number = 0; number < CoinCount; number++)
        {
            coins.Add(new(1, number), TestClient.NumberOf(new(1, number)));
        }

        return new KeyServer(RunningServer.RaidaId, options, coins, new KeyCapacity(options.MaxKeys), TimeProvider.System);
    }
}
