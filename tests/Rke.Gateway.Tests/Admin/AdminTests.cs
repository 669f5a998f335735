using Google.Protobuf;
using Grpc.Core;
using Rke.UdpBridge;
using Rke.V1;
using Breaker = Rke.V1.ServerState.Types.Breaker;
using Condition = Rke.V1.ServerState.Types.Condition;

namespace Rke.Gateway.Tests.Admin;

/// <summary>RkeAdminService shows operators what the gateway sees, and no secret.</summary>
public sealed class AdminTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ListServers_shows_how_each_key_server_responds()
    {
        await using var network = await TestNetwork.StartAsync(2);
        await using var silent = ScriptedServer.Silent();
        var settings = network.Settings();
        settings["Rke:Networks:0:Servers:3"] = $"{silent.EndPoint}";
        await using var gateway = await StartAsync(settings);
        var client = ClientOf(gateway);
        await Eventually.IsTrueAsync(async () => (await client.ListServersAsync(new(), cancellationToken: Cancelled))
            .Servers.All(server => server.Condition != Condition.Unknown));
        var servers = (await client.ListServersAsync(new() { Network = 6 }, cancellationToken: Cancelled)).Servers;
        Assert.Equal(Enumerable.Range(0, 25).Select(raidaId => (uint)raidaId), servers.Select(server => server.RaidaId));
        Assert.All(servers, server => Assert.Equal((6u, $"{server.Configured}"), (server.Network, $"{server.Address}")));
        var live = servers[14];
        Assert.Equal((Condition.Live, Breaker.Closed, ""), (live.Condition, live.Breaker, live.Problem));
        Assert.NotNull(live.LastResponse);
        Assert.True(live.RoundTrip.ToTimeSpan() > TimeSpan.Zero);
        var dead = servers[3];
        Assert.Equal(Condition.Silent, dead.Condition);
        Assert.Null(dead.LastResponse);
        Assert.Contains("does not respond", dead.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListCoins_shows_where_each_coin_is_free_occupied_and_refused()
    {
        await using var network = await TestNetwork.StartAsync(3);
        network.WriteKeyFile("unknown.bin", [TestNetwork.MakeCoin(7)]);
        await using var gateway = await StartAsync(network.Settings());
        var client = ClientOf(gateway);
        await Eventually.IsTrueAsync(async () =>
            (await client.ListCoinsAsync(new() { RefusedOnly = true }, cancellationToken: Cancelled)).Coins is [{ Refused.Count: 25 }]);
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 3, KeyPart = ByteString.CopyFrom(new byte[8]) }, cancellationToken: Cancelled);
        var first = await client.ListCoinsAsync(new() { PageSize = 3 }, cancellationToken: Cancelled);
        Assert.Equal((3, 4u), (first.Coins.Count, first.TotalSize));
        Assert.Equal(new Coin { SerialNumber = 7 }, first.Coins[0].Coin);
        var last = await client.ListCoinsAsync(new() { PageSize = 3, PageToken = first.NextPageToken }, cancellationToken: Cancelled);
        Assert.Equal("", last.NextPageToken);
        var used = Assert.Single(first.Coins.Concat(last.Coins), coin => coin.Coin.Equals(posted.Coin));
        Assert.Equal([3u], used.Occupied);
        Assert.Equal(24, used.Free.Count);
    }

    [Fact]
    public async Task GetStatus_has_readiness_networks_limits_and_recent_failures()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await using var gateway = await StartAsync(network.Settings());
        await Details.OfAsync(gateway.Client.GetKeyAsync(
            new() { RaidaId = 3, KeyIdHash = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled));
        await Details.OfAsync(gateway.Client.PostKeyAsync(new() { RaidaId = 25 }, cancellationToken: Cancelled));
        await Details.OfAsync(gateway.Client.PostKeyAsync(new() { RaidaId = 25 }, cancellationToken: Cancelled));
        var client = ClientOf(gateway);
        GetStatusResponse status = new();
        await Eventually.IsTrueAsync(async () =>
            (status = await client.GetStatusAsync(new(), cancellationToken: Cancelled)).RecentFailures.Sum(each => (long)each.Count) == 3);
        Assert.True(status.Ready);
        Assert.Empty(status.Reasons);
        Assert.Equal((6u, 25u, 3u), (status.Networks[0].Network, status.Networks[0].Servers, status.Networks[0].Coins));
        Assert.Equal("Rke:Sessions:Capacity", status.Limits.Single(limit => limit.Name == "sessions").Setting);
        Assert.Equal(
            [("rke.v1.RkeService/PostKey", "INVALID_FIELD", 2UL), ("rke.v1.RkeService/GetKey", "KEY_NOT_FOUND", 1UL)],
            status.RecentFailures.Select(failure => (failure.Method, failure.Reason, failure.Count)));
    }

    [Fact]
    public async Task GetStatus_probes_the_key_servers_and_coins_on_request()
    {
        await using var network = await TestNetwork.StartAsync(2);
        await using var relay = new Relay(network.Host.EndPoints[3]);
        relay.Open();
        var settings = network.Settings();
        settings["Rke:Networks:0:Servers:3"] = $"{relay.EndPoint}";
        settings["Rke:Probes:Interval"] = "1h";
        await using var gateway = await StartAsync(settings);
        var client = ClientOf(gateway);
        var status = await client.GetStatusAsync(new() { Probe = true }, cancellationToken: Cancelled);
        Assert.Equal(25u, status.Networks[0].LiveServers);
        Assert.Empty(status.Findings);
        Assert.True(status.Probes);

        // Nothing but the request makes the gateway probe within the next hour.
        relay.Close();
        status = await client.GetStatusAsync(new() { Probe = true }, cancellationToken: Cancelled);
        Assert.Equal(24u, status.Networks[0].LiveServers);
        var finding = Assert.Single(status.Findings);
        Assert.Equal(("key_servers", false), (finding.Check, finding.Blocking));
        Assert.Equal($"Key server 6/3 at {relay.EndPoint} does not respond.", finding.Problem);
        Assert.Equal("Check that it runs, and that firewalls permit UDP to it and back.", finding.Fix);

        network.WriteKeyFile("unknown.bin", [TestNetwork.MakeCoin(7)]);
        await Eventually.IsTrueAsync(async () => (await client.GetStatusAsync(new() { Probe = true }, cancellationToken: Cancelled))
            .Findings.Count(each => each.Check == "refused_coins") == 24);
    }

    [Fact]
    public async Task GetStatus_has_the_state_the_clock_and_the_calls_in_progress()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var network = await TestNetwork.StartAsync(2);
        var settings = network.Settings();
        settings["Rke:Redis:Endpoints"] = redis.Endpoint;
        await using var gateway = await StartAsync(settings);
        var status = await ClientOf(gateway).GetStatusAsync(new(), cancellationToken: Cancelled);
        Assert.Equal((StateStatus.Types.Kind.Redis, true), (status.State.Kind, status.State.Up));
        Assert.True(status.State.RoundTrip.ToTimeSpan() > TimeSpan.Zero);
        Assert.True(status.State.ClockOffset.ToTimeSpan().Duration() < TimeSpan.FromSeconds(1), $"{status.State.ClockOffset}");
        Assert.True((status.Time.ToDateTimeOffset() - TimeOfDay.Now(TimeProvider.System)).Duration() < TimeSpan.FromSeconds(5));
        var calls = status.Limits.Single(limit => limit.Name == "calls");
        Assert.Equal((1ul, 10_000ul, "Rke:Grpc:MaxCalls"), (calls.Used, calls.Maximum, calls.Setting));
    }

    [Fact]
    public async Task A_caller_sees_only_the_networks_and_coins_that_the_policy_allows()
    {
        await using var network = await TestNetwork.StartAsync(3);
        using var folder = new TlsFolder();
        folder.WriteFile("policy.json", """
            { "rules": [ { "callers": ["anonymous"], "methods": ["rke.v1.RkeAdminService/*"], "networks": [6], "coins": ["1001"] } ] }
            """);
        var settings = network.Settings();
        settings["Rke:Networks:1:Id"] = "9";
        settings["Rke:Networks:1:Servers:0"] = "127.0.0.1:9";
        settings["Rke:Policy:Path"] = folder.PathOf("policy.json");
        settings["Rke:Admin:Enabled"] = "false";
        await using var gateway = await RunningGateway.StartAsync(settings);
        var client = ClientOf(gateway);
        Assert.All(
            (await client.ListServersAsync(new(), cancellationToken: Cancelled)).Servers, server => Assert.Equal(6u, server.Network));
        Assert.Equal(
            1001u, Assert.Single((await client.ListCoinsAsync(new(), cancellationToken: Cancelled)).Coins).Coin.SerialNumber);
        Assert.Equal(6u, Assert.Single((await client.GetStatusAsync(new(), cancellationToken: Cancelled)).Networks).Network);
        var denied = await Details.OfAsync(client.ListServersAsync(new() { Network = 9 }, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.PermissionDenied, "NOT_PERMITTED"), (denied.Code, denied.Reason));
        denied = await Details.OfAsync(client.ListCoinsAsync(new() { Network = 9 }, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.PermissionDenied, "NOT_PERMITTED"), (denied.Code, denied.Reason));
    }

    [Fact]
    public async Task Without_a_policy_the_service_needs_a_setting()
    {
        await using var network = await TestNetwork.StartAsync(1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var missing = await Details.OfAsync(ClientOf(gateway).GetStatusAsync(new(), cancellationToken: Cancelled));
        Assert.Equal((StatusCode.Unimplemented, "NOT_SERVED"), (missing.Code, missing.Reason));
    }

    [Theory]
    [InlineData(101u, "", "page_size")]
    [InlineData(1u, "-1", "page_token")]
    [InlineData(1u, "x", "page_token")]
    public async Task Invalid_fields_are_named(uint size, string token, string field)
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        var invalid = await Details.OfAsync(ClientOf(gateway).ListCoinsAsync(
            new() { PageSize = size, PageToken = token }, cancellationToken: Cancelled));
        Assert.Equal([field], invalid.BadFields);
    }

    private static RkeAdminService.RkeAdminServiceClient ClientOf(RunningGateway gateway) => new(gateway.Channel);

    private static Task<RunningGateway> StartAsync(Dictionary<string, string?> settings)
    {
        settings["Rke:Admin:Enabled"] = "true";
        settings["Rke:Probes:Enabled"] = "true";
        settings.TryAdd("Rke:Probes:Interval", "200ms");
        settings["Rke:Probes:Timeout"] = "00:00:01";
        return RunningGateway.StartAsync(settings);
    }
}
