using System.Text.Json.Nodes;
using Rke.Deployment.Tests.Tools;
using Rke.Wire;

namespace Rke.Deployment.Tests.Chart;

public class ChartTests
{
    [Theory]
    [InlineData("")]
    [InlineData("development-values.yaml")]
    [InlineData("production-values.yaml")]
    public async Task The_chart_passes_helm_lint_strict(string values)
    {
        string[] arguments = ["lint", "--strict", RepositoryPaths.Chart];
        if (values.Length > 0)
        {
            arguments = [.. arguments, "--values", Path.Combine(RepositoryPaths.Chart, "ci", values)];
        }

        var run = await Helm.RunAsync(arguments);
        Assert.True(run.ExitCode == 0, run.All);
        Assert.DoesNotContain("[WARNING]", run.All);
    }

    [Fact]
    public async Task Helm_packages_the_chart_and_the_package_renders()
    {
        var folder = Directory.CreateTempSubdirectory("rke-chart-").FullName;
        try
        {
            var run = await Helm.RunAsync("package", RepositoryPaths.Chart, "--destination", folder);
            Assert.True(run.ExitCode == 0, run.All);
            var package = Assert.Single(Directory.GetFiles(folder, "rke-gateway-*.tgz"));
            var rendered = await Helm.RunAsync(
                "template", Helm.Release, package, "--values",
                Path.Combine(RepositoryPaths.Chart, "ci", "production-values.yaml"));
            Assert.True(rendered.ExitCode == 0, rendered.All);
            Assert.Contains("kind: PrometheusRule", rendered.Output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_README_of_the_chart_is_generated_from_its_values()
    {
        // The script also refuses a value without a comment.
        var run = await ToolRun.RunAsync("node", [Repository.PathOf("helm", "readme"), "--check"]);
        Assert.True(run.ExitCode == 0, run.All);
    }

    [Fact]
    public async Task Rke_Wire_reads_the_coins_that_it_makes()
    {
        foreach (var seed in (string[])["", "development"])
        {
            var values = ChartValues.Development().With(
                $$"""{ "keyServers": { "coins": 127, "network": 6, "coinSeed": "{{seed}}" } }""");
            var manifests = await Manifests.CheckAsync("development", await Helm.TemplateAsync(values));
            Assert.Empty(manifests.Problems);
            var secret = manifests.Get("Secret", $"{Helm.FullName}-coins");
            var bytes = Convert.FromBase64String((string)secret["data"]!["development.key"]!);
            Assert.True(KeyFile.TryRead(bytes, out var file, out var error), error.ToString());
            Assert.Equal(6, file.Network);
            Assert.Equal(127, file.Coins.Count);
            Assert.Equal(127, file.Coins.Select(coin => coin.Id).Distinct().Count());
        }
    }

    [Fact]
    public async Task Values_of_the_chart_reach_the_gateway()
    {
        var values = ChartValues.Least().With("""
            {
              "redis": { "tls": true, "password": { "secretName": "rke-redis" } },
              "signal": { "enabled": true }, "dns": { "resolver": "192.0.2.53:53" },
              "sessions": { "sealingKey": { "secretName": "rke-sealing" } },
              "limits": { "coin": { "posts": 5 } }, "targets": { "allow": ["198.51.100.0/24"] },
              "drain": { "endpointSeconds": 7, "callSeconds": 100 }
            }
            """);
        var manifests = await Manifests.CheckAsync("all", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var pod = manifests.Get("Deployment", Helm.FullName)["spec"]!["template"]!["spec"]!;
        var container = pod["containers"]![0]!;
        var environment = container["env"]!.AsArray()
            .ToDictionary(entry => (string)entry!["name"]!, entry => (string?)entry!["value"]);
        Assert.Equal("http://0.0.0.0:5001", environment["Rke__Grpc__Url"]);
        Assert.Equal("http://0.0.0.0:5002", environment["Rke__Http__Url"]);
        Assert.Equal("/etc/rke-keys", environment["Rke__Keys__Path"]);
        Assert.Equal("192.0.2.9:6379", environment["Rke__Redis__Endpoints"]);
        Assert.Equal("true", environment["Rke__Redis__Tls"]);
        Assert.Null(environment["Rke__Redis__Password"]);
        Assert.Equal("0.0.0.0:5075", environment["Rke__Signal__Listen"]);
        Assert.Equal("/etc/rke-sealing/sealing-key", environment["Rke__Sessions__SealingKey"]);
        Assert.Equal("192.0.2.53:53", environment["Rke__Dns__Resolver"]);

        var file = (string)manifests.Get("ConfigMap", Helm.FullName)["data"]!["appsettings.json"]!;
        var settings = JsonNode.Parse(file)!["Rke"]!;
        Assert.Equal("[2001:db8::7]:50014", (string?)settings["Networks"]![0]!["Servers"]!["14"]);
        Assert.Equal(6, (int)settings["Networks"]![0]!["Id"]!);
        Assert.Equal(5, (int)settings["Limits"]!["Coin"]!["Posts"]!);
        Assert.Equal("198.51.100.0/24", (string?)settings["Targets"]!["Allow"]![0]);
        Assert.Equal("/etc/rke-gateway", (string?)container["workingDir"]);

        // Who is to leave first goes on, then finishes, and is not killed before.
        Assert.Equal("00:00:07", environment["Rke__Grpc__DrainDelay"]);
        Assert.Equal("00:01:40", environment["Rke__Grpc__DrainTimeout"]);
        Assert.True((int)pod["terminationGracePeriodSeconds"]! > 107);
    }

    [Theory]
    [InlineData("", "grpc", "service", "liveness", "rke.v1.RkeService")]
    [InlineData("rke-tls", "httpGet", "path", "/healthz", "/readyz")]
    public async Task Liveness_and_readiness_have_different_probes(
        string tls, string kind, string field, string life, string readiness)
    {
        var values = ChartValues.Least().With($$"""{ "tls": { "secretName": "{{tls}}" } }""");
        var manifests = await Manifests.CheckAsync("probes", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var container = manifests.Get("Deployment", Helm.FullName)["spec"]!["template"]!["spec"]!["containers"]![0]!;
        Assert.Equal(life, (string?)container["startupProbe"]![kind]![field]);
        Assert.Equal(readiness, (string?)container["readinessProbe"]![kind]![field]);
        Assert.Equal(life, (string?)container["livenessProbe"]![kind]![field]);
    }

    [Theory]
    [InlineData("{}", true, false)]
    [InlineData("""{ "tests": { "enabled": false } }""", false, false)]
    [InlineData("""{ "tls": { "secretName": "rke-tls", "clientCertificates": true } }""", false, false)]
    [InlineData(
        """{ "tls": { "secretName": "rke-tls", "clientCertificates": true, "requireClientCertificate": false } }""",
        true,
        false)]
    [InlineData(
        """
        { "tls": { "secretName": "rke-tls", "clientCertificates": true }, "tests": { "clientCertificate": {
        "secretName": "rke-client" } } }
        """,
        true,
        true)]
    public async Task The_chart_has_a_helm_test_where_the_network_policy_permits_it(string json, bool isThere, bool hasCertificate)
    {
        var manifests = await Manifests.CheckAsync("test", await Helm.TemplateAsync(ChartValues.Least().With(json)));
        Assert.Empty(manifests.Problems);
        var pod = manifests.Find("Pod", $"{Helm.FullName}-test-exchange");
        Assert.Equal(isThere, pod is not null);
        var policy = manifests.Get("NetworkPolicy", Helm.FullName).ToJsonString();
        Assert.Equal(isThere, policy.Contains("\"app.kubernetes.io/component\":\"test\"", StringComparison.Ordinal));
        var arguments = pod?["spec"]!["containers"]![0]!["args"]!.AsArray().Select(argument => (string?)argument) ?? [];
        Assert.Equal(hasCertificate, arguments.Contains("--cert=/etc/rke-client/tls.crt"));
    }

    [Fact]
    public async Task Only_Redis_names_and_key_servers_can_be_reached()
    {
        var values = ChartValues.Least().With(
            """{ "dns": { "resolver": "192.0.2.53:5353" }, "networkPolicy": { "dns": [] } }""");
        var manifests = await Manifests.CheckAsync("egress", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var rules = manifests.Get("NetworkPolicy", Helm.FullName)["spec"]!["egress"]!.AsArray();
        var found = rules.Select(rule =>
            $"{rule!["to"]![0]!["ipBlock"]!["cidr"]} " + string.Join(' ', rule["ports"]!.AsArray().Select(port =>
                $"{port!["protocol"]}/{port["port"]}")));
        Assert.Equal(
            [
                "192.0.2.53/32 UDP/5353 TCP/5353",
                "192.0.2.9/32 TCP/6379",
                "192.0.2.10/32 UDP/50000",
                "2001:db8::7/128 UDP/50014",
            ],
            found);
        Assert.All(rules, rule => Assert.Single(rule!["to"]!.AsArray()));
    }

    [Fact]
    public async Task The_port_of_the_DNS_pods_can_be_changed()
    {
        var values = ChartValues.Least().With("""{ "networkPolicy": { "dnsPort": 5353 } }""");
        var manifests = await Manifests.CheckAsync("dns", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var rule = manifests.Get("NetworkPolicy", Helm.FullName)["spec"]!["egress"]![0]!;
        Assert.Equal("kube-dns", (string?)rule["to"]![0]!["podSelector"]!["matchLabels"]!["k8s-app"]);
        Assert.Equal(
            ["UDP/5353", "TCP/5353"],
            rule["ports"]!.AsArray().Select(port => $"{port!["protocol"]}/{port["port"]}"));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("[::]")]
    public async Task The_key_servers_listen_on_the_address_of_the_gateway(string address)
    {
        var values = ChartValues.Development().With($$"""{ "listenAddress": "{{address}}" }""");
        var manifests = await Manifests.CheckAsync("listen", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var pod = manifests.Get("Deployment", $"{Helm.FullName}-key-servers")["spec"]!["template"]!["spec"]!;
        var arguments = pod["containers"]![0]!["args"]!.AsArray().Select(argument => (string?)argument);
        Assert.Contains($"--listen={address}:50000", arguments);
    }

    [Fact]
    public async Task The_same_values_give_the_same_objects()
    {
        var first = await Helm.TemplateAsync(ChartValues.Development());
        Assert.Equal(first, await Helm.TemplateAsync(ChartValues.Development()));
        Assert.NotEqual(
            Coins(await Manifests.CheckAsync("one", first)),
            Coins(await Manifests.CheckAsync("other", await Helm.TemplateAsync(
                ChartValues.Development().With($$"""{ "fullnameOverride": "{{Helm.FullName}}" }"""), "other"))));
    }

    [Fact]
    public async Task New_coins_restart_the_key_servers()
    {
        var checksums = new HashSet<string>();
        foreach (var seed in (string[])["", "one", "other"])
        {
            var values = ChartValues.Development().With($$"""{ "keyServers": { "coinSeed": "{{seed}}" } }""");
            var manifests = await Manifests.CheckAsync("coins", await Helm.TemplateAsync(values));
            var pod = manifests.Get("Deployment", $"{Helm.FullName}-key-servers")["spec"]!["template"]!;
            checksums.Add((string)pod["metadata"]!["annotations"]!["checksum/coins"]!);
        }

        Assert.Equal(3, checksums.Count);
    }

    [Theory]
    [InlineData(
        "istio", "traffic.sidecar.istio.io/excludeInboundPorts", "traffic.sidecar.istio.io/excludeOutboundPorts")]
    [InlineData("linkerd", "config.linkerd.io/skip-inbound-ports", "config.linkerd.io/skip-outbound-ports")]
    public async Task Meshes_do_not_intercept_UDP_and_metrics(string mesh, string inbound, string outbound)
    {
        var values = ChartValues.Least().With($$"""{ "mesh": "{{mesh}}", "signal": { "enabled": true } }""");
        var manifests = await Manifests.CheckAsync("mesh", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var annotations = manifests.Get("Deployment", Helm.FullName)["spec"]!["template"]!["metadata"]!["annotations"]!;
        Assert.Equal("5002,5075", (string?)annotations[inbound]);
        Assert.Equal("50000,50014", (string?)annotations[outbound]);
    }

    private static string Coins(Manifests manifests) =>
        (string)manifests.Get("Secret", $"{Helm.FullName}-coins")["data"]!["development.key"]!;
}
