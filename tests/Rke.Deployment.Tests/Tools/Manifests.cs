using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rke.Deployment.Tests.Tools;

/// <summary>The objects of one rendering, and everything that speaks against them.</summary>
internal sealed record Manifests(string Name, JsonArray Objects, IReadOnlyList<string> Problems)
{
    /// <summary>What the operator brings and the chart only names.</summary>
    private static readonly string[] External =
    [
        "Secret/rke-keys", "Secret/rke-kme", "Secret/rke-redis", "Secret/rke-sealing", "Secret/rke-tls", "ConfigMap/rke-policy",
        "ConfigMap/rke-jwks", "Secret/rke-jwks", "Secret/rke-redis-ca", "ConfigMap/rke-redis-ca", "Secret/rke-client",
        "Secret/rke-agent", "PersistentVolumeClaim/rke-agent",
        "ServiceAccount/theirs", "Secret/extra", "ConfigMap/extra",
    ];

    /// <summary>Checks several renderings at once.</summary>
    public static async Task<IReadOnlyList<Manifests>> CheckAsync(IEnumerable<(string Name, string Yaml)> renderings)
    {
        var input = new JsonArray([.. renderings.Select(rendering => (JsonNode)new JsonObject
        {
            ["name"] = rendering.Name,
            ["yaml"] = rendering.Yaml,
            ["external"] = new JsonArray([.. External.Select(name => (JsonNode)name)]),
        })]);
        var output = await ManifestChecker.CheckAsync(input.ToJsonString());
        return [.. JsonNode.Parse(output)!.AsArray().Select(result => new Manifests(
            (string)result!["name"]!,
            result["objects"]!.AsArray(),
            result["problems"].Deserialize<string[]>()!))];
    }

    public static async Task<Manifests> CheckAsync(string name, string yaml) =>
        (await CheckAsync([(name, yaml)])).Single();

    public JsonNode? Find(string kind, string name) => Objects.FirstOrDefault(item =>
        (string?)item!["kind"] == kind && (string?)item["metadata"]!["name"] == name);

    public JsonNode Get(string kind, string name) =>
        Find(kind, name) ?? throw new InvalidOperationException($"{Name} has no {kind} {name}.");
}
