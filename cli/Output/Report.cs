using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary>Lines of a name and a value, which are also an object in JSON.</summary>
internal sealed class Report
{
    private readonly List<(string Name, JsonNode? Value)> _lines = [];

    /// <param name="name">In JSON as it is; as text with spaces for underscores.</param>
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

        var width = _lines.Max(line => line.Name.Length) + 2;
        foreach (var (name, value) in _lines)
        {
            WriteLine(terminal.Out, name.Replace('_', ' ').PadRight(width), width, value);
        }
    }

    /// <summary>As the last of several documents, each in a line.</summary>
    public void WriteJsonLine(Terminal terminal) => terminal.Out.WriteLine(JsonText.WriteLine(ToJson()));

    private JsonObject ToJson()
    {
        var node = new JsonObject();
        foreach (var (name, value) in _lines)
        {
            node[name] = value;
        }

        return node;
    }

    private static void WriteLine(TextWriter writer, string name, int width, JsonNode? value)
    {
        if (value is not JsonArray { Count: > 0 } list)
        {
            writer.WriteLine($"{name}{Text(value)}");
            return;
        }

        foreach (var item in list)
        {
            writer.WriteLine($"{name}{Text(item)}");
            name = new string(' ', width);
        }
    }

    private static string Text(JsonNode? value) => value switch
    {
        null or JsonArray => "-",
        JsonObject fields => string.Join("  ", fields.Where(field => field.Value is not null)
            .Select(field => $"{field.Key.Replace('_', ' ')} {Text(field.Value)}")),
        JsonValue text when text.GetValueKind() == System.Text.Json.JsonValueKind.True => "yes",
        JsonValue text when text.GetValueKind() == System.Text.Json.JsonValueKind.False => "no",
        _ => PlainText.Of(value.ToString()),
    };
}
