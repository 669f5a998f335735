using System.Net;
using Rke.Gateway.Tests.Redis;
using Rke.V1;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>Gateways share the answers of key servers through a real Redis.</summary>
public sealed class SharedKnowledgeTests(RedisFixture redis) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await redis.Server.AskAsync("FLUSHALL");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_gateway_answers_from_the_lookup_of_another_gateway()
    {
        const string Honest = """
            _rke._udp.cloudcoin.raida       SRV 192.0.2.1:7575
            raida.cloudcoin.raida           TXT "17"
            """;
        await using var servers = await NameServers.StartAsync([Honest, Honest, Honest]);
        Share(servers.Settings);
        await using var first = Count(servers, 0);
        await using var second = Count(servers, 1);
        await using var third = Count(servers, 2);
        await using var one = await RunningGateway.StartAsync(servers.Settings);
        await using var other = await RunningGateway.StartAsync(servers.Settings);

        var asked = await LookupAsync(one, "cloudcoin.raida");
        var requests = Requests();
        Assert.True(requests >= 6, $"{requests} requests");
        var shared = await LookupAsync(other, "cloudcoin.raida");
        Assert.Equal(requests, Requests());
        Assert.False(shared.Stale);
        shared.Ttl = asked.Ttl;
        Assert.Equal(asked, shared);

        // Gateways share negative answers too.
        await LookupAsync(one, "nobody.raida");
        requests = Requests();
        Assert.Equal(LookupResponse.Types.Source.Default, (await LookupAsync(other, "nobody.raida")).Source);
        Assert.Equal(requests, Requests());

        int Requests() => first.Requests + second.Requests + third.Requests;
    }

    // Counts the requests that reach a key server.
    private static LossyRelay Count(NameServers servers, byte raidaId)
    {
        var service = IPEndPoint.Parse(servers.Settings[$"Rke:Networks:0:Servers:{raidaId}"]!);
        var relay = new LossyRelay(service, loss: 0, seed: 1);
        servers.Put(raidaId, relay.EndPoint);
        return relay;
    }

    private static Task<LookupResponse> LookupAsync(RunningGateway gateway, string domain) =>
        gateway.Client.LookupAsync(new() { Domain = domain }, cancellationToken: Cancelled).ResponseAsync;

    private void Share(Dictionary<string, string?> settings)
    {
        settings["Rke:Redis:Endpoints"] = redis.Server.Endpoint;
        settings["Rke:Redis:Timeout"] = "00:00:05";
    }
}
