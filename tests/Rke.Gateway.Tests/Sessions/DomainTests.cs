using Grpc.Core;
using Rke.Gateway.Demo;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>Sessions with receivers that are looked up in real DNS.</summary>
public sealed class DomainTests
{
    private const string Domain = "receiver.example";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_domains_networks_and_signalling_service_are_looked_up()
    {
        await using var pair = await SessionPair.StartAsync();
        await using var names = new DemoNameServer(Domain, $"signal.{Domain}", pair.Listener, "6");
        var initiator = await pair.StartInitiatorAsync(Resolver(names));
        var made = await Client(initiator).InitiateSessionAsync(
            new() { Domain = Domain }, cancellationToken: Cancelled);
        Assert.Equal(pair.Target, made.Endpoint);
        var claimed = await pair.ReceiverClient.ClaimSessionAsync(
            new() { SessionId = made.SessionId }, cancellationToken: Cancelled);
        Assert.Equal(made.Key, claimed.Key);
    }

    [Fact]
    public async Task Single_key_servers_of_a_domain_are_the_only_ones_used()
    {
        await using var pair = await SessionPair.StartAsync();
        var own = new byte[] { 4, 9, 21 }.Select(raidaId =>
            $"r{raidaId}={pair.Servers.EndPoints[raidaId].Address} 1 {pair.Servers.EndPoints[raidaId].Port}");
        await using var names = new DemoNameServer(
            Domain, $"signal.{Domain}", pair.Listener, $"{string.Join(';', own)};r7=192.0.2.7 1 50007");
        var initiator = await pair.StartInitiatorAsync(Resolver(names));
        var made = await Client(initiator).InitiateSessionAsync(
            new() { Domain = Domain }, cancellationToken: Cancelled);

        // Four parts on three servers: each server has at least one.
        Assert.Equal([1, 1, 2], made.Parts.CountBy(part => part.RaidaId).Select(server => server.Value).Order());
        Assert.All(made.Parts, part => Assert.Contains(part.RaidaId, new uint[] { 4, 9, 21 }));
    }

    [Fact]
    public async Task A_domain_of_other_networks_has_no_common_server()
    {
        await using var pair = await SessionPair.StartAsync();
        await using var names = new DemoNameServer(Domain, $"signal.{Domain}", pair.Listener, "17");
        var initiator = await pair.StartInitiatorAsync(Resolver(names));
        var refused = await Details.OfAsync(Client(initiator).InitiateSessionAsync(
            new() { Domain = Domain }, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.FailedPrecondition, "NO_COMMON_SERVER"), (refused.Code, refused.Reason));
        Assert.Equal(0, pair.History.Posted);
    }

    [Fact]
    public async Task A_forbidden_receiver_costs_no_part()
    {
        await using var pair = await SessionPair.StartAsync();
        var refused = await Details.OfAsync(pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = new() { Host = "192.0.2.1", Port = 75 } }, cancellationToken: Cancelled));
        Assert.Equal("TARGET_NOT_ALLOWED", refused.Reason);
        Assert.Equal(0, pair.History.Posted);
    }

    [Fact]
    public async Task All_invalid_fields_are_reported_at_once()
    {
        await using var pair = await SessionPair.StartAsync();
        var refused = await Details.OfAsync(pair.InitiatorClient.InitiateSessionAsync(
            new()
            {
                KeySize = 18,
                PartCount = 17,
                Preferences = new() { Network = 99, OnlyRaidaIds = { 3, 25 } },
            },
            cancellationToken: Cancelled));
        Assert.Equal(
            ["target", "key_size", "part_count", "preferences.network", "preferences.only_raida_ids[1]"],
            refused.BadFields);
        refused = await Details.OfAsync(pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target, KeySize = 32, PartLengths = { 8, 5 } }, cancellationToken: Cancelled));
        Assert.Equal(["part_lengths[1]", "part_lengths", "key_size"], refused.BadFields);
    }

    [Fact]
    public async Task If_the_receiver_is_full_the_parts_are_collected_again()
    {
        await using var pair = await SessionPair.StartAsync(
            receiver: new Dictionary<string, string?> { ["Rke:Sessions:Capacity"] = "1" });
        var request = new InitiateSessionRequest { Endpoint = pair.Target };
        var first = await pair.InitiatorClient.InitiateSessionAsync(request, cancellationToken: Cancelled);
        var refused = await Details.OfAsync(
            pair.InitiatorClient.InitiateSessionAsync(request, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.Aborted, "SESSION_FAILED"), (refused.Code, refused.Reason));
        await Eventually.IsTrueAsync(() => pair.History.Left == 0);

        await pair.ReceiverClient.CloseSessionAsync(
            new() { SessionId = first.SessionId }, cancellationToken: Cancelled);
        await pair.InitiatorClient.InitiateSessionAsync(request, cancellationToken: Cancelled);
    }

    private static RkeSessionService.RkeSessionServiceClient Client(RunningGateway gateway) => new(gateway.Channel);

    private static Dictionary<string, string?> Resolver(DemoNameServer names) => new()
    {
        ["Rke:Dns:Resolver"] = names.EndPoint.ToString(),
    };
}
