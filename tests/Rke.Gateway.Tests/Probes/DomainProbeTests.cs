using Rke.Gateway.Tests.Observability;

namespace Rke.Gateway.Tests.Probes;

/// <summary>The gateway checks the records of its own domains and of its peers' domains before a session needs them.</summary>
public sealed class DomainProbeTests
{
    private const string Zone = """
        $ORIGIN example.test.
        $TTL 60
        @                    IN SOA ns.example.test. admin.example.test. 1 3600 600 86400 60
        @                    IN NS  ns.example.test.
        ns                   IN A   127.0.0.1
        _rke._udp.right      IN SRV 0 0 75 signal.example.test.
        signal               IN A   192.0.2.75
        raida.right          IN TXT "6"
        _rke._udp.wrong      IN SRV 0 0 75 missing.example.test.
        raida.wrong          IN TXT "6" "co=x"
        _rke._udp.closed     IN SRV 0 0 0 .
        plain                IN A   192.0.2.76
        """;

    [Fact]
    public async Task Wrong_records_are_warnings_log_lines_and_a_metric()
    {
        NameServer.Require(NameServer.Nsd);
        await using var names = await NameServer.StartAsync(NameServer.Nsd, ("example.test", Zone + "\n"));
        await using var network = await TestNetwork.StartAsync(1);
        var settings = network.Settings();
        settings["Rke:Probes:Enabled"] = "true";
        settings["Rke:Dns:Resolver"] = $"{names.Endpoint}";
        settings["Rke:Probes:Domains"] = "right.example.test, wrong.example.test, closed.example.test, none.example.test";

        // A peer that only initiates sessions needs an address, and no service.
        settings["Rke:Peers:0:Name"] = "plain";
        settings["Rke:Peers:0:Domain"] = "plain.example.test";
        settings["Rke:Peers:1:Name"] = "bare";
        settings["Rke:Peers:1:Domain"] = "bare.example.test";
        await using var gateway = await RunningGateway.StartAsync(settings);
        string[] expected =
        [
            "The default of bare.example.test names the signalling service bare.example.test:75, but the host has no address; "
                + "correct the record, or add an A or AAAA record of bare.example.test.",
            "SRV _rke._udp.closed.example.test says that closed.example.test has no signalling service; "
                + "replace the target '.' by the host of the service.",
            "none.example.test has no records for RKE: neither SRV _rke._udp.none.example.test nor TXT raida.none.example.test; "
                + "publish the records that 'rkectl dns make none.example.test' prints.",
            "A record of wrong.example.test has a line that cannot be read: 'co=x'; correct the line; docs/LOOKUP.md has the formats.",
            "SRV _rke._udp.wrong.example.test names the signalling service missing.example.test:75, but the host has no address; "
                + "correct the record, or add an A or AAAA record of missing.example.test.",
        ];
        await Eventually.IsTrueAsync(async () =>
        {
            var readiness = await gateway.ReadinessAsync();
            return Array.TrueForAll(expected, line => readiness.Contains($"warning: {line}\n", StringComparison.Ordinal));
        });
        var samples = await Samples.OfAsync(gateway);
        Assert.Equal(
            [("bare", 0), ("closed", 0), ("none", 0), ("plain", 1), ("right", 1), ("wrong", 0)],
            new[] { "bare", "closed", "none", "plain", "right", "wrong" }
                .Select(name => (name, (int)samples[$"rke_domain_up{{domain=\"{name}.example.test\"}}"])));
        var logged = gateway.Logs.Lines.Where(line => line.StartsWith("Warning 2902 ", StringComparison.Ordinal))
            .Select(line => line.Split("Problem=")[0]).ToArray(); // the values of the template follow
        Assert.All(expected, line => Assert.Single(logged, $"Warning 2902 {line} "));
    }
}
