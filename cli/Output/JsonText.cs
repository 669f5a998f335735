using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary>JSON as it is printed: indented, snake_case names, letters as they are.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions LineOptions = new(Options) { WriteIndented = false };

    public static string Write(JsonNode node) => node.ToJsonString(Options);

    /// <summary>In one line, for documents that follow one another.</summary>
    public static string WriteLine(JsonNode node) => node.ToJsonString(LineOptions);
}
