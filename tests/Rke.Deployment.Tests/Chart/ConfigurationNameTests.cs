using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

/// <summary>The gateway refuses to start with a key that it does not know, so the chart must not make one up.</summary>
public sealed partial class ConfigurationNameTests(SwitchCombinations combinations) : IClassFixture<SwitchCombinations>
{
    private static readonly string Document = File.ReadAllText(RepositoryPaths.Of("docs", "CONFIGURATION.md"));

    /// <summary>Of TLS and policy, which only their own switches turn on.</summary>
    private static readonly string[] Identity =
    [
        "Rke:Grpc:Tls:Certificate", "Rke:Grpc:Tls:Key", "Rke:Grpc:Tls:ClientAuthorities", "Rke:Policy:Path",
    ];

    [Fact]
    public void Every_key_that_is_set_is_documented()
    {
        var names = combinations.Renderings.SelectMany(rendering => rendering.Objects).SelectMany(Names!).Distinct().ToList();
        Assert.True(names.Count > 20);
        Assert.All(names.Except(Identity), name =>
            Assert.True(Document.Contains($"`{name}`", StringComparison.Ordinal), $"{name} is not in docs/CONFIGURATION.md"));
    }

    private static IEnumerable<string> Names(JsonNode item)
    {
        var containers = item["spec"]?["template"]?["spec"]?["containers"]?.AsArray() ?? [];
        foreach (var variable in containers.SelectMany(container => container!["env"]?.AsArray() ?? []))
        {
            var name = (string)variable!["name"]!;
            if (name.StartsWith("Rke__", StringComparison.Ordinal))
            {
                yield return name.Replace("__", ":", StringComparison.Ordinal);
            }
        }

        if ((string?)item["data"]?["appsettings.json"] is { } file)
        {
            foreach (var name in Leaves(JsonNode.Parse(file)!, ""))
            {
                yield return name;
            }
        }
    }

    // The document writes the first of a list, and server 14.
    private static IEnumerable<string> Leaves(JsonNode node, string at) => node switch
    {
        JsonObject map => map.SelectMany(entry => Leaves(entry.Value!, at.Length == 0 ? entry.Key : $"{at}:{entry.Key}")),
        JsonArray list => list.SelectMany(entry =>
            Leaves(entry!, at.EndsWith(":Allow", StringComparison.Ordinal) ? at : $"{at}:0")),
        _ => [Server().Replace(at, ":Servers:14")],
    };

    [GeneratedRegex(":Servers:[0-9]+$")]
    private static partial Regex Server();
}
