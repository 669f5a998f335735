using System.Text.Json.Nodes;

namespace Rke.Testing;

/// <summary>Frames that were computed independently of this project: tests/vectors/.</summary>
public static class VectorFile
{
    public static JsonObject[] Wire { get; } = Load("wire.json", "vectors");

    /// <summary>The commands of docs/WIRE.md §10.</summary>
    public static JsonObject[] Optional { get; } = Load("optional.json", "vectors");

    public static JsonObject[] Captures { get; } = Load("raidax-captures.json", "captures");

    private static JsonObject[] Load(string file, string list)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "vectors", file);
        return [.. JsonNode.Parse(File.ReadAllText(path))![list]!.AsArray().Select(node => node!.AsObject())];
    }
}
