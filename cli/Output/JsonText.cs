using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary>Writes JSON for output. Letters outside ASCII are not escaped.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions LineOptions = new(Options) { WriteIndented = false };

    /// <summary>Writes indented JSON.</summary>
    public static string Write(JsonNode node) => node.ToJsonString(Options);

    /// <summary>Writes JSON on one line. A command that prints several documents prints one on each line.</summary>
    public static string WriteLine(JsonNode node) => node.ToJsonString(LineOptions);
}
