using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using Rke.Raida.Serving;
using Rke.V1;

namespace Rke.Cli.Tests;

/// <summary>rkectl doctor against real gateways, key servers and name servers, with one fault of each kind.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task A_gateway_without_faults_has_no_finding()
    {
        await using var gateway = await LocalGateway.StartAsync();
        var run = await RunAsync(gateway.Address, "doctor", "--json");
        Assert.True((bool)run.Expect(0).OutJson["ok"]!);
        Assert.All(Results(run), result => Assert.Equal("ok", result.Text("result")));
        Assert.Superset(
            new HashSet<string>(["gateway", "configuration", "key servers", "key files", "coins", "limits", "state", "clock"]),
            Results(run).Select(result => result.Text("check")).ToHashSet());
        Assert.Contains("Everything is right.", (await RunAsync(gateway.Address, "doctor")).Expect(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exhausted_coins_in_a_part_of_the_list_are_a_warning()
    {
        await using var server = await GatewayServer.StartAsync();
        var page = new ListCoinsResponse { NextPageToken = "more", TotalSize = 600 };
        page.Coins.AddRange(Enumerable.Range(0, 500).Select(number =>
            new CoinState { Coin = new() { SerialNumber = (uint)number }, Occupied = { 3 } }));
        server.Answer = (request, _) => Task.FromResult<IMessage>(request switch
        {
            ListCoinsRequest => page,
            GetStatusRequest => new GetStatusResponse { Networks = { new NetworkStatus { Network = 6 } } },
            _ => throw new RpcException(new Status(StatusCode.Unimplemented, "")),
        });

        var run = await server.RunAsync("doctor", "--json");

        AssertFinding(run, "coins", "500 coins of network 6 are exhausted", "rkectl coins");
    }

    [Fact]
    public async Task It_finds_a_dead_key_server_an_unknown_coin_an_exhausted_coin_and_a_wrong_record()
    {
        await using var network = await TestNetwork.StartAsync(2);
        network.WriteKeyFile("unknown.bin", [TestNetwork.MakeCoin(7)]);

        // One of the two coins of network 9 is occupied on its only server.
        var known = new Rke.Raida.Coins.NetworkCoins();
        Rke.Wire.CoinKeys[] coins = [TestNetwork.MakeCoin(1), TestNetwork.MakeCoin(2)];
        Array.ForEach(coins, known.Add);
        network.WriteKeyFile("nine.bin", coins, 9);
        await using var nine = await KeyServerHost.StartAsync(new KeyServerOptions { Network = 9, RaidaIds = [0] }, known);

        NameServer.Require(NameServer.Nsd);
        var signals = FreePort.Next();
        await using var names = await NameServer.StartAsync(NameServer.Nsd, ("example.test", Zone(signals)));
        await using var gateway = await GatewayProcess.StartAsync(
        [
            $"--Rke:Keys:Path={network.KeyFolder}",
            "--Rke:Admin:Enabled=true",
            "--Rke:Probes:Interval=1h",
            "--Rke:Probes:Timeout=1s",
            $"--Rke:Networks:0:Servers:3={network.Host.EndPoints[3]}",
            $"--Rke:Networks:0:Servers:4=127.0.0.1:{FreePort.Next()}",
            "--Rke:Networks:1:Id=9",
            $"--Rke:Networks:1:Servers:0={nine.EndPoints[0]}",
            $"--Rke:Signal:Listen=127.0.0.1:{signals}",
            "--Rke:Targets:Allow=127.0.0.1",
            $"--Rke:Dns:Resolver={names.Endpoint}",
        ]);
        var address = gateway.Grpc.GetLeftPart(UriPartial.Authority);
        (await RunAsync(address, "post", "--network", "9", "--raida", "0", "--random", "8", "--coin", "0/1")).Expect(0);

        var run = await RunAsync(address, "doctor", "wrong.example.test", "--resolver", $"{names.Endpoint}", "--json");
        run.Expect(8);
        AssertFinding(run, "key servers", "Key server 6/4 at 127.0.0.1:", "check its address");
        AssertFinding(run, "key files", "Key server 6/3 refuses 1 coins (0/7).", "Check their key files.");
        AssertFinding(run, "coins", "1 coins of network 9 are exhausted", "rkectl coins");
        AssertFinding(run, "records", "SRV _rke._udp.wrong.example.test names the signalling service missing.example.test:75", "AAAA record");
        AssertFinding(run, "records", "wrong.example.test reads from network 17, and the gateway has only network 6, 9.", "Rke:Networks");

        // The right domain has no finding, and its signalling service answers.
        run = await RunAsync(address, "doctor", "right.example.test", "--resolver", $"{names.Endpoint}", "--json");
        Assert.DoesNotContain(Results(run.Expect(8)), result => result.Text("check") is "records" or "signals" && result.Text("result") != "ok");
        Assert.Contains(
            Results(run), result => result.Text("text") == $"the signalling service of right.example.test answers at 127.0.0.1:{signals}");

        // A record with the wrong port.
        run = await RunAsync(
            address, "doctor", "port.example.test", "--resolver", $"{names.Endpoint}", "--deadline", "3s", "--json");
        AssertFinding(run.Expect(8), "signals", "The signalling service of port.example.test at signal.example.test:9 does not answer", "Rke:Signal:Listen");

        // As text, each finding is followed by its fix.
        var lines = (await RunAsync(address, "doctor")).Expect(8).Out.Split('\n');
        var at = Array.FindIndex(lines, line => line.StartsWith("warning  key files", StringComparison.Ordinal));
        Assert.Equal("Check their key files.", lines[at + 1].Trim());
        Assert.Contains(lines, line => line.EndsWith(" warnings.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_finds_a_gateway_that_does_not_run_and_still_checks_the_records()
    {
        NameServer.Require(NameServer.Nsd);
        await using var names = await NameServer.StartAsync(NameServer.Nsd, ("example.test", Zone(75)));
        var run = await RunAsync(
            "http://127.0.0.1:1", "doctor", "right.example.test", "--resolver", $"{names.Endpoint}", "--json");
        AssertFinding(run.Expect(8), "gateway", "http://127.0.0.1:1 refuses the connection.", "Is a gateway running");
        Assert.Contains(Results(run), result => result.Text("check") == "records" && result.Text("result") == "ok");
    }

    [Fact]
    public async Task It_finds_a_redis_that_does_not_answer()
    {
        await using var network = await TestNetwork.StartAsync(1);
        await using var gateway = await GatewayProcess.StartAsync(
        [
            "--Rke:Admin:Enabled=true", "--Rke:Redis:Endpoints=127.0.0.1:1",
            .. network.Settings().Select(setting => $"--{setting.Key}={setting.Value}"),
        ]);
        var run = await RunAsync(gateway.Grpc.GetLeftPart(UriPartial.Authority), "doctor", "--json");
        AssertFinding(run.Expect(8), "state", "The shared state is unavailable.", "Check Redis and Rke:Redis:Endpoints.", "problem");
    }

    [Fact]
    public async Task It_finds_clocks_that_differ()
    {
        await using var server = await GatewayServer.StartAsync();
        server.Answer = (_, _) => Task.FromResult<Google.Protobuf.IMessage>(new Rke.V1.GetStatusResponse
        {
            Ready = true,
            Probes = true,
            Time = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch.AddYears(40)),
            State = new()
            {
                Kind = Rke.V1.StateStatus.Types.Kind.Redis,
                Up = true,
                RoundTrip = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromMilliseconds(1)),
                ClockOffset = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromMinutes(-2)),
            },
            Limits = { new Rke.V1.LimitStatus { Name = "calls", Used = 95, Maximum = 100, Setting = "Rke:Grpc:MaxCalls" } },
        });
        var run = await server.RunAsync("doctor", "--json");
        AssertFinding(run.Expect(8), "clock", "The clock of Redis differs from the clock of the gateway by 120 s.", "chrony");
        AssertFinding(run, "clock", "The clock of the gateway differs from the clock of this machine by", "chrony");
        AssertFinding(run, "limits", "The limit of calls is close: 95 of 100.", "Raise Rke:Grpc:MaxCalls");
    }

    private static string Zone(int signals) => $"""
        $ORIGIN example.test.
        $TTL 60
        @                    IN SOA ns.example.test. admin.example.test. 1 3600 600 86400 60
        @                    IN NS  ns.example.test.
        ns                   IN A   127.0.0.1
        signal               IN A   127.0.0.1
        _rke._udp.right      IN SRV 0 0 {signals} signal.example.test.
        raida.right          IN TXT "6"
        _rke._udp.port       IN SRV 0 0 9 signal.example.test.
        raida.port           IN TXT "6"
        _rke._udp.wrong      IN SRV 0 0 75 missing.example.test.
        raida.wrong          IN TXT "17"

        """;

    private static void AssertFinding(RkectlRun run, string check, string text, string fix, string? severity = null) => Assert.Contains(
        Results(run),
        result => result.Text("result") is var found && (severity is null ? found is "warning" or "problem" : found == severity)
            && result.Text("check") == check
            && result.Text("text").StartsWith(text, StringComparison.Ordinal)
            && result.Text("fix").Contains(fix, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<JsonNode> Results(RkectlRun run) => run.OutJson["results"]!.AsArray().Select(result => result!);

    private static Task<RkectlRun> RunAsync(string gateway, params string[] arguments) =>
        Rkectl.RunAsync("", [("RKE_GATEWAY", gateway)], arguments);
}
