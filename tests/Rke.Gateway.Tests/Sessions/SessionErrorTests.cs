using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Demo;
using Rke.V1;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>Errors of InitiateSession that a caller or an operator can act on.</summary>
public sealed class SessionErrorTests : IDisposable
{
    private const string Domain = "receiver.example";

    private readonly TlsFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Exhausted_coins_give_NO_FREE_COIN_and_the_time_to_wait()
    {
        _folder.WriteFile("policy.json", """{ "rules": [ { "callers": ["anonymous"], "methods": ["*"], "coins": ["1000"] } ] }""");
        await using var pair = await SessionPair.StartAsync(
            initiator: new Dictionary<string, string?> { ["Rke:Policy:Path"] = _folder.PathOf("policy.json") });
        for (var raidaId = 0u; raidaId < 25; raidaId++)
        {
            await pair.Initiator.Client.PostKeyAsync(
                new() { RaidaId = raidaId, KeyPart = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled);
        }

        var refused = await Details.OfAsync(pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target }, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.ResourceExhausted, "NO_FREE_COIN"), (refused.Code, refused.Reason));
        Assert.True(refused.RetryAfter > TimeSpan.FromSeconds(1), $"{refused.RetryAfter}");
        Assert.Equal("6", refused.Info.Metadata["network"]);
        Assert.Equal("coins", Assert.Single(refused.Quota!.Violations).Subject);
    }

    [Fact]
    public async Task An_unreachable_signalling_service_is_reported_with_its_domain_record_and_endpoint()
    {
        await using var pair = await SessionPair.StartAsync();

        // Nothing listens at this port.
        using var closed = new System.Net.Sockets.UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        var endPoint = (System.Net.IPEndPoint)closed.Client.LocalEndPoint!;
        await using var names = new DemoNameServer(Domain, $"signal.{Domain}", endPoint, "6");
        closed.Close();
        var initiator = await pair.StartInitiatorAsync(
            new Dictionary<string, string?> { ["Rke:Dns:Resolver"] = names.EndPoint.ToString() });
        var client = new RkeSessionService.RkeSessionServiceClient(initiator.Channel);
        var failed = await Details.OfAsync(client.InitiateSessionAsync(new() { Domain = Domain }, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.Unavailable, "RAIDA_UNREACHABLE"), (failed.Code, failed.Reason));
        Assert.Equal(
            (Domain, $"SRV _rke._udp.{Domain}", endPoint.ToString()),
            (failed.Info.Metadata["domain"], failed.Info.Metadata["record"], failed.Info.Metadata["endpoint"]));
        Assert.Contains($"{endPoint} of {Domain} (record SRV _rke._udp.{Domain})", failed.Message, StringComparison.Ordinal);

        failed = await Details.OfAsync(client.InitiateSessionAsync(
            new() { Endpoint = new() { Host = "127.0.0.1", Port = (uint)endPoint.Port } }, cancellationToken: Cancelled));
        Assert.Equal(endPoint.ToString(), failed.Info.Metadata["endpoint"]);
        Assert.DoesNotContain("domain", failed.Info.Metadata.Keys);
    }

    [Fact]
    public async Task Network_0_is_the_default_network_and_no_network_is_any()
    {
        await using var pair = await SessionPair.StartAsync();
        var made = await pair.InitiatorClient.InitiateSessionAsync(
            new() { Endpoint = pair.Target, Preferences = new() { Network = 0 } }, cancellationToken: Cancelled);
        Assert.All(made.Parts, part => Assert.Equal(6u, part.Network));

        // The receiver reads from network 17 only. Network 0 is not a wildcard.
        await using var names = new DemoNameServer(Domain, $"signal.{Domain}", pair.Listener, "17");
        var initiator = await pair.StartInitiatorAsync(
            new Dictionary<string, string?> { ["Rke:Dns:Resolver"] = names.EndPoint.ToString() });
        var refused = await Details.OfAsync(new RkeSessionService.RkeSessionServiceClient(initiator.Channel).InitiateSessionAsync(
            new() { Domain = Domain, Preferences = new() { Network = 0 } }, cancellationToken: Cancelled));
        Assert.Equal(("NO_COMMON_SERVER", "6"), (refused.Reason, refused.Info.Metadata["network"]));
    }
}
