using System.Net;
using System.Security.Cryptography;
using Google.Protobuf;
using Rke.Gateway.Tests.State;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.EndToEnd;

/// <summary>What whole gateways tell each other through a real Redis, so that a key server is asked once.</summary>
public sealed class SharedKnowledgeTests(RedisFixture redis) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private const byte RaidaId = 14;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await redis.Server.AskAsync("FLUSHALL");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_one_gateway_looked_up_under_raida_the_other_answers_without_asking()
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
        var told = await LookupAsync(other, "cloudcoin.raida");
        Assert.Equal(requests, Requests());
        Assert.False(told.Stale);
        told.Ttl = asked.Ttl;
        Assert.Equal(asked, told);

        // That there is nothing is told as well.
        await LookupAsync(one, "nobody.raida");
        requests = Requests();
        Assert.Equal(LookupResponse.Types.Source.Default, (await LookupAsync(other, "nobody.raida")).Source);
        Assert.Equal(requests, Requests());

        int Requests() => first.Requests + second.Requests + third.Requests;
    }

    [Fact]
    public async Task How_a_server_encrypts_is_learned_by_one_gateways_canary_for_both()
    {
        var coin = TestNetwork.MakeCoin(1000);
        var number = new byte[AuthenticityNumber.Length];
        coin[RaidaId].CopyTo(number);
        var raidax = new HandWrittenRaidax(RaidaId, number) { ContinuesCounter = true };
        await using var network = TestNetwork.WithoutServers(coin);
        await using var server = new ScriptedServer(raidax.Answer);
        var settings = network.Settings("raidax");
        settings[$"Rke:Networks:0:Servers:{RaidaId}"] = server.EndPoint.ToString();
        Share(settings);
        await using var one = await RunningGateway.StartAsync(settings);
        await using var other = await RunningGateway.StartAsync(settings);

        await ExchangeAsync(one);
        Assert.Equal(2, raidax.Parts.Count);
        await ExchangeAsync(other);

        // Two keys, and one canary for both gateways.
        Assert.Equal(3, raidax.Parts.Count);
    }

    // What comes to the key server is seen on its way.
    private static LossyRelay Count(NameServers servers, byte raidaId)
    {
        var service = IPEndPoint.Parse(servers.Settings[$"Rke:Networks:0:Servers:{raidaId}"]!);
        var relay = new LossyRelay(service, loss: 0, seed: 1);
        servers.Put(raidaId, relay.EndPoint);
        return relay;
    }

    private static async Task ExchangeAsync(RunningGateway gateway)
    {
        var part = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(40));
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = RaidaId, KeyPart = part }, cancellationToken: Cancelled);
        var got = await gateway.Client.GetKeyAsync(
            new() { RaidaId = RaidaId, KeyIdHash = posted.KeyIdHash }, cancellationToken: Cancelled);
        Assert.Equal(part, got.KeyPart);
    }

    private static Task<LookupResponse> LookupAsync(RunningGateway gateway, string domain) =>
        gateway.Client.LookupAsync(new() { Domain = domain }, cancellationToken: Cancelled).ResponseAsync;

    private void Share(Dictionary<string, string?> settings)
    {
        settings["Rke:Redis:Endpoints"] = redis.Server.Endpoint;
        settings["Rke:Redis:Timeout"] = "00:00:05";
    }
}
