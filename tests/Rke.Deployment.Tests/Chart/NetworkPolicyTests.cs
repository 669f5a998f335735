using System.Text.Json.Nodes;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

/// <summary>Which connections the policies let through, as `peers ports`.</summary>
public class NetworkPolicyTests
{
    private const string Gateway = Helm.FullName;
    private const string Redis = $"{Helm.FullName}-redis";
    private const string Dns = "pods:kube-dns@* UDP/53 TCP/53";

    // With an agent, which needs Signals.
    private const string Agent = """
        { "signal": { "enabled": true }, "peers": [{ "name": "shop", "coins": ["1000-1999"] }], "agent": { "enabled": true,
        "peers": { "shop": { "role": "receiver", "otherEnd": "shop.example.com", "destinations": [{
        "type": "kubernetes-secret", "name": "rke-shop" }] } } } }
        """;

    [Theory]
    [InlineData("istio", "", "namespace:istio-system TCP/15012")]
    [InlineData("istio", "mesh", "namespace:mesh TCP/15012")]
    [InlineData("linkerd", "", "namespace:linkerd TCP/8080 TCP/8086 TCP/8090")]
    [InlineData("linkerd", "mesh", "namespace:mesh TCP/8080 TCP/8086 TCP/8090")]
    public async Task Every_pod_of_a_mesh_can_reach_DNS_and_the_control_plane(string mesh, string space, string expected)
    {
        var manifests = await RenderAsync(ChartValues.Development().With(Agent).With($$"""
            { "mesh": "{{mesh}}", "networkPolicy": { "meshNamespace": "{{space}}" } }
            """));
        var limited = new List<string>();
        foreach (var policy in manifests.Objects.Where(item => (string?)item!["kind"] == "NetworkPolicy"))
        {
            var labels = policy!["spec"]!["podSelector"]!["matchLabels"]!.AsObject();
            var pod = manifests.Objects.Select(item => item!["spec"]?["template"]).OfType<JsonNode>().Single(template =>
                labels.All(label => (string?)template["metadata"]!["labels"]![label.Key] == (string?)label.Value));
            var isInMesh = (string?)pod["metadata"]!["labels"]!["sidecar.istio.io/inject"] == "true"
                || (string?)pod["metadata"]!["annotations"]?["linkerd.io/inject"] == "enabled";
            var name = (string)policy["metadata"]!["name"]!;
            var rules = Rules(manifests, name, "egress");
            Assert.Equal(isInMesh, rules.Contains(expected));
            Assert.Equal(isInMesh, rules.Contains(Dns));
            if (isInMesh)
            {
                limited.Add(name);
            }
        }

        Assert.Equal([Gateway, Redis], limited.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_a_mesh_Redis_has_no_egress_and_nothing_leads_to_a_control_plane()
    {
        var manifests = await RenderAsync(ChartValues.Development());
        Assert.Empty(Rules(manifests, Redis, "egress"));
        Assert.DoesNotContain(Rules(manifests, Gateway, "egress"), rule => rule.StartsWith("namespace:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("istio", "")]
    [InlineData("linkerd", " TCP/4143")]
    public async Task Pods_of_Linkerd_talk_to_each_other_at_the_port_of_the_proxy(string mesh, string port)
    {
        var json = $$"""
            { "mesh": "{{mesh}}", "telemetry": { "otlpEndpoint": "http://collector:4317" },
            "networkPolicy": { "telemetry": [{ "podSelector": { "matchLabels": { "app": "collector" } } }] } }
            """;
        var development = await RenderAsync(ChartValues.Development().With(Agent).With(json));
        Assert.Contains($"pods:redis TCP/6379{port}", Rules(development, Gateway, "egress"));
        Assert.Contains($"pods:collector TCP/4317{port}", Rules(development, Gateway, "egress"));
        Assert.Contains($"pods:gateway TCP/redis{port}", Rules(development, Redis, "ingress"));
        var ingress = Rules(development, Gateway, "ingress");
        Assert.Contains($"pods:* TCP/grpc{port}", ingress);
        Assert.Contains($"pods:agent TCP/grpc{port}", ingress);

        // Outside the mesh.
        Assert.Contains("pods:test TCP/grpc", ingress);
        Assert.Contains("namespace:monitoring TCP/http", ingress);
        Assert.Contains("pods:gateway UDP/50000-50024", Rules(development, $"{Gateway}-key-servers", "ingress"));

        var production = await RenderAsync(ChartValues.Least().With(json).With("""
            { "redis": { "endpoints": ["redis-0.redis:6379"] },
            "networkPolicy": { "redis": [{ "podSelector": { "matchLabels": { "app": "db" } } }] } }
            """));
        Assert.Contains($"pods:db TCP/6379{port}", Rules(production, Gateway, "egress"));
    }

    [Theory]
    [InlineData("{}", "")]
    [InlineData("""{ "Accounts": null }""", "")]
    [InlineData("""{ "Accounts": { "Enabled": false } }""", "")]
    [InlineData("""{ "Accounts": { "Enabled": true } }""", " TCP/")]
    public async Task With_accounts_key_servers_can_be_reached_over_TCP(string settings, string tcp)
    {
        var manifests = await RenderAsync(ChartValues.Least().With($$"""
            { "settings": {{settings}}, "networks": [{ "id": 6, "servers": {
            "0": "192.0.2.10:50000", "1": "raida1.example.com:50001", "2": "raida2.example.com:50002" } }],
            "networkPolicy": { "raida": [{ "ipBlock": { "cidr": "198.51.100.0/24" } }] } }
            """));
        var rules = Rules(manifests, Gateway, "egress");
        string Ports(int port) => tcp.Length > 0 ? $"UDP/{port}{tcp}{port}" : $"UDP/{port}";
        Assert.Contains($"192.0.2.10/32 {Ports(50000)}", rules);
        Assert.Contains($"198.51.100.0/24 {Ports(50001)} {Ports(50002)}", rules);
    }

    [Fact]
    public async Task Targets_can_be_reached_over_UDP_and_over_TCP_for_Exchange_Keys()
    {
        var manifests = await RenderAsync(ChartValues.Least().With("""{ "targets": { "allow": ["198.51.100.0/24"] } }"""));
        Assert.Contains("198.51.100.0/24 UDP/* TCP/*", Rules(manifests, Gateway, "egress"));
    }

    [Theory]
    [InlineData("""[{ "name": "public", "namespace": "gateways" }]""", "namespace:gateways")]
    [InlineData(
        """
        [{ "name": "a", "namespace": "gateways", "kind": "Gateway" }, { "name": "b", "namespace": "gateways" },
        { "name": "c", "namespace": "edge" }, { "name": "d" }]
        """,
        "namespace:gateways,namespace:edge")]
    [InlineData("""[{ "name": "public" }]""", null)]
    [InlineData("""[{ "name": "public", "namespace": "rke" }]""", null)]
    [InlineData("""[{ "group": "", "kind": "Service", "name": "other", "namespace": "services" }]""", null)]
    public async Task Gateways_of_other_namespaces_can_call(string parents, string? peers)
    {
        string[] own = ["pods:* TCP/grpc", "pods:test TCP/grpc", "namespace:monitoring TCP/http"];
        foreach (var isEnabled in (bool[])[true, false])
        {
            var manifests = await RenderAsync(ChartValues.Least().With($$"""
                { "grpcRoute": { "enabled": {{(isEnabled ? "true" : "false")}}, "parentRefs": {{parents}} } }
                """));
            string[] expected = isEnabled && peers is not null ? [.. own, $"{peers} TCP/grpc"] : own;
            Assert.Equal(
                expected.Order(StringComparer.Ordinal),
                Rules(manifests, Gateway, "ingress").Order(StringComparer.Ordinal));
        }
    }

    private static async Task<Manifests> RenderAsync(JsonObject values)
    {
        var manifests = await Manifests.CheckAsync("policy", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        return manifests;
    }

    private static List<string> Rules(Manifests manifests, string policy, string direction) =>
    [
        .. (manifests.Get("NetworkPolicy", policy)["spec"]![direction]?.AsArray() ?? []).Select(rule =>
            string.Join(',', rule![direction == "egress" ? "to" : "from"]!.AsArray().Select(peer => Peer(peer!))) + " "
            + string.Join(' ', rule["ports"]!.AsArray().Select(port =>
                $"{port!["protocol"]}/{port["port"]?.ToString() ?? "*"}{(port["endPort"] is { } end ? $"-{end}" : "")}"))),
    ];

    private static string Peer(JsonNode peer)
    {
        if (peer["ipBlock"] is { } block)
        {
            return (string)block["cidr"]!;
        }

        var space = peer["namespaceSelector"] is { } selector
            ? (string?)selector["matchLabels"]?["kubernetes.io/metadata.name"] ?? "*"
            : null;
        if (peer["podSelector"] is not { } pods)
        {
            return $"namespace:{space}";
        }

        var labels = pods["matchLabels"];
        var name = (string?)(labels?["app.kubernetes.io/component"] ?? labels?["app"] ?? labels?["k8s-app"]) ?? "*";
        return space is null ? $"pods:{name}" : $"pods:{name}@{space}";
    }
}
