using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Rke.Cli;

/// <summary>The result of a command: names and values, printed as lines or as a JSON object.</summary>
internal sealed class Report
{
    private readonly List<(string Name, JsonNode? Value)> _lines = [];

    /// <param name="name">The name in snake_case. As text, spaces replace the underscores.</param>
    public Report Add(string name, JsonNode? value)
    {
        _lines.Add((name, value));
        return this;
    }

    public void Write(Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonText.Write(ToJson()));
            return;
        }

        var grid = new Grid().Add().Add(gap: 0, wraps: true);
        foreach (var (name, value) in _lines)
        {
            var label = name.Replace('_', ' ');
            IEnumerable<JsonNode?> items = value is JsonArray { Count: > 0 } list ? list : Enumerable.Repeat(value, 1);
            foreach (var item in items)
            {
                grid.AddRow(SafeText.Styled(label, Styles.Name), SafeText.Styled(Text(item)));
                label = "";
            }
        }

        terminal.Out.Write(grid);
    }

    /// <summary>Writes the report as JSON on one line, after other documents.</summary>
    public void WriteJsonLine(Terminal terminal) => terminal.Out.WriteLine(JsonText.WriteLine(ToJson()));

    /// <summary>The report as a JSON object. Call it once.</summary>
    public JsonObject ToJson()
    {
        var node = new JsonObject();
        foreach (var (name, value) in _lines)
        {
            node[name] = value;
        }

        return node;
    }

    private static string Text(JsonNode? value) => value switch
    {
        null or JsonArray => "-",
        JsonObject fields => string.Join("  ", fields.Where(field => field.Value is not null)
            .Select(field => $"{field.Key.Replace('_', ' ')} {Text(field.Value)}")),
        JsonValue text when text.GetValueKind() == JsonValueKind.True => "yes",
        JsonValue text when text.GetValueKind() == JsonValueKind.False => "no",
        _ => value.ToString(),
    };
}
