using System.Text.Json.Nodes;

namespace Rke.Cli.Tests;

/// <summary>tests/vectors/: frames that were computed independently of this project.</summary>
internal static class Vectors
{
    public static string WirePath { get; } = Path.Combine(AppContext.BaseDirectory, "vectors", "wire.json");

    public static JsonArray Wire { get; } = JsonNode.Parse(File.ReadAllText(WirePath))!["vectors"]!.AsArray();

    public static JsonArray Captures { get; } = JsonNode.Parse(
        File.ReadAllText(
            Path.Combine(AppContext.BaseDirectory, "vectors", "raidax-captures.json")))!["captures"]!.AsArray();

    /// <summary>What <c>frame encode</c> must print, byte for byte.</summary>
    public static string Lines { get; } = string.Concat(
        Wire.Select(vector => $"{vector!["name"]} {vector["request"]}\n"));

    public static JsonObject Named(string name) => Wire.Single(vector => (string)vector!["name"]! == name)!.AsObject();

    public static string Text(this JsonNode vector, string field) => (string)vector[field]!;

    /// <summary>A copy whose field has another value; null removes it.</summary>
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
