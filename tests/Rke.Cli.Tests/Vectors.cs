using System.Text.Json.Nodes;

namespace Rke.Cli.Tests;

/// <summary>The frames of tests/vectors/, which were computed independently of this project.</summary>
internal static class Vectors
{
    public static string WirePath { get; } = Path.Combine(AppContext.BaseDirectory, "vectors", "wire.json");

    public static JsonArray Wire { get; } = JsonNode.Parse(File.ReadAllText(WirePath))!["vectors"]!.AsArray();

    public static string OptionalPath { get; } = Path.Combine(AppContext.BaseDirectory, "vectors", "optional.json");

    /// <summary>The commands of docs/WIRE.md §10.</summary>
    public static JsonArray Optional { get; } = JsonNode.Parse(File.ReadAllText(OptionalPath))!["vectors"]!.AsArray();

    public static JsonArray Captures { get; } = JsonNode.Parse(
        File.ReadAllText(
            Path.Combine(AppContext.BaseDirectory, "vectors", "raidax-captures.json")))!["captures"]!.AsArray();

    /// <summary>The expected output of <c>frame encode</c>.</summary>
    public static string Lines { get; } = string.Concat(
        Wire.Select(vector => $"{vector!["name"]} {vector["request"]}\n"));

    public static JsonObject Named(string name) => Wire.Concat(Optional).Single(vector => (string)vector!["name"]! == name)!.AsObject();

    public static string Text(this JsonNode vector, string field) => (string)vector[field]!;

    /// <summary>A copy with another value for a field. Null removes the field.</summary>
    public static JsonObject With(this JsonObject vector, string field, JsonNode? value)
    {
        var copy = vector.DeepClone().AsObject();
        copy.Remove(field);
        if (value is not null)
        {
            copy[field] = value;
        }

        return copy;
    }
}
