using System.Net;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Gateway.Probes;
using Rke.Gateway.Tests.Observability;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Gateway.Tests.Probes;

/// <summary>The gateway reports key servers and coins that do not work before a caller uses them.</summary>
public sealed class ServerProbeTests
{
    private const string Silent = "does not respond; check that it runs";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gateway_whose_key_servers_all_respond_has_no_warning()
    {
        await using var network = await TestNetwork.StartAsync(2);
        await using var gateway = await StartAsync(network.Settings());
        await Eventually.IsTrueAsync(() => network.Settings().Keys.Count(key => key.Contains(":Servers:", StringComparison.Ordinal))
            == CountIn(gateway, ServerState.Live));
        Assert.Equal("ready\n", await ReadinessOfAsync(gateway));
        Assert.Equal(1, (await Samples.OfAsync(gateway))["rke_key_server_up{network=\"6\",raida_id=\"3\"}"]);
        Assert.DoesNotContain(gateway.Logs.Lines, line => line.Contains(" 2900 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_silent_key_server_is_a_warning_one_log_line_and_a_metric()
    {
        await using var network = await TestNetwork.StartAsync(2);
        await using var silent = ScriptedServer.Silent();
        var settings = network.Settings();
        settings["Rke:Networks:0:Servers:3"] = $"{silent.EndPoint}";
        await using var gateway = await StartAsync(settings);
        await Eventually.IsTrueAsync(async () => (await ReadinessOfAsync(gateway)).Contains(
            $"warning: Key server 6/3 at {silent.EndPoint} {Silent}", StringComparison.Ordinal));
        Assert.Equal(0, (await Samples.OfAsync(gateway))["rke_key_server_up{network=\"6\",raida_id=\"3\"}"]);

        // Further probes log nothing.
        var probes = silent.Requests.Count;
        await Eventually.IsTrueAsync(() => silent.Requests.Count >= probes + 3);
        Assert.Single(gateway.Logs.Lines, line => line.StartsWith("Warning 2900 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_server_that_stops_and_starts_is_live_again_without_a_call()
    {
        var known = new Rke.Raida.Coins.NetworkCoins();
        var port = FreePort.Next();
        var options = new KeyServerOptions { RaidaIds = [0], Listen = new(IPAddress.Loopback, port) };
        var host = await KeyServerHost.StartAsync(options, known);
        var settings = TestNetwork.WithoutServers(TestNetwork.MakeCoin(1)).Settings();
        settings["Rke:Networks:0:Servers:0"] = $"127.0.0.1:{port}";
        await using var gateway = await StartAsync(settings);
        await Eventually.IsTrueAsync(() => CountIn(gateway, ServerState.Live) == 1);
        await host.DisposeAsync();
        await Eventually.IsTrueAsync(() => CountIn(gateway, ServerState.Unreachable) + CountIn(gateway, ServerState.Silent) == 1);
        await using var again = await KeyServerHost.StartAsync(options, known);
        await Eventually.IsTrueAsync(() => CountIn(gateway, ServerState.Live) == 1);
        await Eventually.IsTrueAsync(() => gateway.Logs.Lines.Any(line => line.StartsWith("Information 2901 ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_with_another_RAIDA_id_is_named()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var settings = network.Settings();
        settings["Rke:Networks:0:Servers:3"] = settings["Rke:Networks:0:Servers:4"];
        await using var gateway = await StartAsync(settings);
        await Eventually.IsTrueAsync(async () => (await ReadinessOfAsync(gateway)).Contains(
            $"The server at {settings["Rke:Networks:0:Servers:4"]} is not key server 6/3;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Too_few_live_key_servers_are_a_warning()
    {
        await using var network = await TestNetwork.StartAsync(2);
        await using var silent = ScriptedServer.Silent();
        var settings = network.Settings();
        foreach (var key in settings.Keys.Where(key => key.Contains(":Servers:", StringComparison.Ordinal)).ToArray())
        {
            settings.Remove(key);
        }

        settings["Rke:Networks:0:Servers:0"] = network.Settings()["Rke:Networks:0:Servers:0"];
        settings["Rke:Networks:0:Servers:1"] = $"{silent.EndPoint}";
        await using var gateway = await StartAsync(settings);
        await Eventually.IsTrueAsync(async () => (await ReadinessOfAsync(gateway)).Contains(
            "warning: Network 6 has 1 live key servers of 2;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_server_with_traffic_gets_no_further_probe()
    {
        await using var network = await TestNetwork.StartAsync(2);
        await using var relay = new Relay(network.Host.EndPoints[3]);
        relay.Open();
        var settings = network.Settings();
        settings["Rke:Networks:0:Servers:3"] = $"{relay.EndPoint}";
        settings["Rke:Probes:Interval"] = "00:00:02";
        settings["Rke:Probes:MaxCoins"] = "0";
        await using var gateway = await StartAsync(settings);
        await Eventually.IsTrueAsync(() => CountIn(gateway, ServerState.Live) == network.Host.EndPoints.Count);
        var before = relay.Requests.Count();
        for (var call = 0; call < 40; call++)
        {
            await Details.OfAsync(gateway.Client.GetKeyAsync(
                new() { RaidaId = 3, KeyIdHash = ByteString.CopyFrom(new byte[16]) }, cancellationToken: Cancelled));
        }

        // An Echo of a probe is not encrypted.
        Assert.All(relay.Requests.Skip(before), request => Assert.Equal(1, request[16]));
    }

    [Fact]
    public async Task Coins_that_a_key_server_does_not_accept_are_found_without_a_call()
    {
        await using var network = await TestNetwork.StartAsync(4);
        var unknown = TestNetwork.MakeCoin(7);
        network.WriteKeyFile("unknown.bin", [unknown]);
        await using var gateway = await StartAsync(network.Settings());
        await Eventually.IsTrueAsync(async () => (await ReadinessOfAsync(gateway)).Contains(
            "warning: Key server 6/3 refuses 1 coins (0/7); check their key files.", StringComparison.Ordinal));
        var posted = await gateway.Client.PostKeyAsync(
            new() { RaidaId = 3, KeyPart = ByteString.CopyFrom(new byte[8]) }, cancellationToken: Cancelled);
        Assert.NotEqual(7u, posted.Coin.SerialNumber);
    }

    [Fact]
    public async Task New_coins_are_checked_when_they_are_loaded()
    {
        await using var network = await TestNetwork.StartAsync(1);
        await using var gateway = await StartAsync(network.Settings());
        await Eventually.IsTrueAsync(() => CountIn(gateway, ServerState.Live) == network.Host.EndPoints.Count);
        network.WriteKeyFile("unknown.bin", [TestNetwork.MakeCoin(7)]);
        var refused = gateway.Services.GetRequiredService<RefusedCoins>();
        await Eventually.IsTrueAsync(() => network.Host.EndPoints.Keys.All(raidaId =>
            refused.Of(new(TestNetwork.Id, raidaId)).SequenceEqual([new CoinId(0, 7)])));
    }

    private static Task<RunningGateway> StartAsync(Dictionary<string, string?> settings)
    {
        settings["Rke:Probes:Enabled"] = "true";
        settings.TryAdd("Rke:Probes:Interval", "00:00:00.200");
        settings["Rke:Probes:Timeout"] = "00:00:01";
        return RunningGateway.StartAsync(settings);
    }

    private static Task<string> ReadinessOfAsync(RunningGateway gateway) =>
        gateway.ReadinessAsync();

    private static int CountIn(RunningGateway gateway, ServerState state)
    {
        var servers = gateway.Services.GetRequiredService<ServerProbes>();
        return gateway.Services.GetRequiredService<NetworkDirectory>().Networks
            .Sum(network => network.Servers.Keys.Count(raidaId => servers.Of(network[raidaId]).State == state));
    }
}
