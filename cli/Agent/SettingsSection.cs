using System.Text.Json;
using System.Text.Json.Nodes;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Cli;

/// <summary>One object of a JSON file with settings. It collects all problems, with the path of each setting.</summary>
internal sealed class SettingsSection(JsonObject json, string path, List<FieldFailure> problems)
{
    private static readonly TimeSpan MaxTime = TimeSpan.FromDays(7);

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public string Required(string name)
    {
        var value = Optional(name);
        if (value is null && !json.ContainsKey(name))
        {
            Fail(name, "The setting is required.");
        }

        return value ?? "";
    }

    /// <summary>A text that is not empty. Null if there is none.</summary>
    public string? Optional(string name)
    {
        if (Find(name) is not { } node)
        {
            return null;
        }

        if (node.GetValueKind() == JsonValueKind.String && (string)node! is { Length: > 0 } text)
        {
            return text;
        }

        Fail(name, "The setting must be a text that is not empty.");
        return null;
    }

    public string OneOf(string name, params string[] values) => Check(name, Required(name), values);

    public string OneOf(string name, string defaultValue, string[] values) => Check(name, Optional(name) ?? defaultValue, values);

    public TimeSpan Time(string name, TimeSpan defaultValue)
    {
        if (Optional(name) is not { } text)
        {
            return defaultValue;
        }

        if (DurationText.TryParse(text, out var time) && time >= TimeSpan.FromSeconds(1) && time <= MaxTime)
        {
            return time;
        }

        Fail(name, "The setting must be a time from 1s to 7d, such as 2m.");
        return defaultValue;
    }

    public uint Number(string name, uint defaultValue, uint least, uint most)
    {
        if (Find(name) is not { } node)
        {
            return defaultValue;
        }

        if (node is JsonValue value && value.TryGetValue(out uint number) && number >= least && number <= most)
        {
            return number;
        }

        Fail(name, $"The setting must be a number from {least} to {most}.");
        return defaultValue;
    }

    public Endpoint? Endpoint(string name, string text)
    {
        if (OptionParsers.TryParseEndpoint(text, out var endpoint))
        {
            return endpoint;
        }

        Fail(name, "The setting must be HOST:PORT, such as 127.0.0.1:9465.");
        return null;
    }

    /// <summary>The objects of an object, with their names.</summary>
    public IEnumerable<(string Name, SettingsSection Section)> Sections(string name)
    {
        var sections = new List<(string, SettingsSection)>();
        if (Find(name) is not JsonObject { Count: > 0 } parent)
        {
            Fail(name, "The setting must be an object with at least one member.");
            return sections;
        }

        foreach (var (key, node) in parent)
        {
            if (node is JsonObject child)
            {
                sections.Add((key, new(child, $"{Path(name)}.{key}", problems)));
            }
            else
            {
                Fail($"{name}.{key}", "The setting must be an object.");
            }
        }

        return sections;
    }

    /// <summary>The objects of a list.</summary>
    public IEnumerable<SettingsSection> List(string name)
    {
        var sections = new List<SettingsSection>();
        var list = Find(name) as JsonArray ?? [];
        for (var index = 0; index < list.Count; index++)
        {
            if (list[index] is JsonObject child)
            {
                sections.Add(new(child, $"{Path(name)}[{index}]", problems));
            }
            else
            {
                Fail($"{name}[{index}]", "The setting must be an object.");
            }
        }

        return sections;
    }

    /// <summary>Reports the members that no setting uses.</summary>
    public void Close()
    {
        foreach (var (name, _) in json.Where(member => !_known.Contains(member.Key)))
        {
            Fail(name, Suggestion.For(name, _known) is { } near ? $"There is no such setting. Did you mean '{near}'?" : "There is no such setting.");
        }
    }

    public void Fail(string name, string problem) => problems.Add(new(Path(name), problem));

    private string Path(string name) => path.Length == 0 ? name : name.Length == 0 ? path : $"{path}.{name}";

    private JsonNode? Find(string name)
    {
        _known.Add(name);
        return json[name];
    }

    private string Check(string name, string value, string[] values)
    {
        if (values.Contains(value, StringComparer.Ordinal))
        {
            return value;
        }

        if (value.Length > 0)
        {
            Fail(name, $"The setting must be one of: {string.Join(", ", values)}.");
        }

        return "";
    }
}
