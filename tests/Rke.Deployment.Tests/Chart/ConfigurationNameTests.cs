using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

/// <summary>Chart and docs/CONFIGURATION.md have the same keys: nothing made up, nothing out of an operator's reach.</summary>
public sealed partial class ConfigurationNameTests(SwitchCombinations combinations) : IClassFixture<SwitchCombinations>
{
    [Fact]
    public void Every_key_that_is_set_is_documented()
    {
        var names = OwnNames();
        Assert.True(names.Count > 50);
        Assert.Empty(names.Except(ConfigurationDocument.Keys));
    }

    [Fact]
    public void Every_documented_key_is_a_value_or_a_setting_and_not_both()
    {
        var settings = SchemaOfSettings().ToList();
        Assert.Empty(ConfigurationDocument.Keys.Except(OwnNames()).Except(settings));
        Assert.Empty(settings.Except(ConfigurationDocument.Keys));
        Assert.Empty(settings.Intersect(OwnNames(isWithSettings: false)));
    }

    /// <summary>What `settings` may hold.</summary>
    private static IEnumerable<string> SchemaOfSettings()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryPaths.Chart, "values.schema.json")))!;
        var sections = schema["properties"]!["settings"]!["properties"]!.AsObject();
        return sections.SelectMany(section => Leaves(section.Value!, $"Rke:{section.Key}"));

        static IEnumerable<string> Leaves(JsonNode schema, string at) => schema["properties"] is { } properties
            ? properties.AsObject().SelectMany(entry => Leaves(entry.Value!, $"{at}:{entry.Key}"))
            : [at];
    }

    private HashSet<string> OwnNames(bool isWithSettings = true) =>
    [
        .. combinations.Renderings
            .Where(rendering => isWithSettings || !rendering.Name.Contains(Switches.Settings, StringComparison.Ordinal))
            .SelectMany(rendering => rendering.Objects)
            .SelectMany(Names!),
    ];

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
            foreach (var name in Leaves(JsonNode.Parse(file)!["Rke"]!, "Rke"))
            {
                yield return name;
            }
        }
    }

    // The document writes the first of a list of sections, server 14, and a list of texts as one key.
    private static IEnumerable<string> Leaves(JsonNode node, string at) => node switch
    {
        JsonObject map => map.SelectMany(entry => Leaves(entry.Value!, $"{at}:{entry.Key}")),
        JsonArray list => list.SelectMany(entry => Leaves(entry!, entry is JsonObject ? $"{at}:0" : at)),
        _ => [Server().Replace(at, ":Servers:14")],
    };

    [GeneratedRegex(":Servers:[0-9]+$")]
    private static partial Regex Server();
}
