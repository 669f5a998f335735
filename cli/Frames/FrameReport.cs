using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary>A frame taken apart.</summary>
internal sealed record FrameReport(
    string Kind, string Profile, string Command, int Length, IReadOnlyList<FrameField> Fields)
{
    private const int BytesShown = 16;

    /// <summary>Whether it would be taken, and how far.</summary>
    public required string Verdict { get; init; }

    /// <summary>Why it would not be taken.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>What could be given to see more.</summary>
    public string? Advice { get; init; }

    public bool IsRight => Problems.Count == 0 && Fields.All(each => each.Problem is null);

    public void Write(Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonText.Write(ToJson()));
            return;
        }

        var writer = terminal.Out;
        writer.WriteLine($"{Kind}, {Profile} profile, {Command}, {Length} bytes: {Verdict}");
        var nameWidth = Fields.Select(field => field.Name.Length).Append(5).Max() + 2;
        var bytesWidth = Fields.Select(field => Shown(field).Length).Append(5).Max() + 2;
        writer.WriteLine($"offset  length  {"field".PadRight(nameWidth)}{"bytes".PadRight(bytesWidth)}meaning");
        foreach (var field in Fields)
        {
            var mark = field.IsDecrypted ? '*' : ' ';
            var problem = field.Problem is null ? "" : $"{(field.Meaning.Length > 0 ? "  " : "")}!! {field.Problem}";
            writer.WriteLine(
                $"{field.Offset,6}  {field.Length,6}{mark} {field.Name.PadRight(nameWidth)}{Shown(field).PadRight(bytesWidth)}"
                + PlainText.Of($"{field.Meaning}{problem}"));
        }

        if (Fields.Any(field => field.IsDecrypted))
        {
            writer.WriteLine("* encrypted on the wire, shown in plain");
        }

        foreach (var problem in Problems)
        {
            writer.WriteLine($"!! {problem}");
        }

        if (Advice is not null)
        {
            writer.WriteLine(Advice);
        }
    }

    private static string Shown(FrameField field) => field.Bytes switch
    {
        null => "(secret)",
        { Length: > BytesShown * 2 } bytes => $"{bytes[..(BytesShown * 2)]}…",
        var bytes => bytes,
    };

    private JsonObject ToJson() => new()
    {
        ["kind"] = Kind,
        ["profile"] = Profile,
        ["command"] = Command,
        ["length"] = Length,
        ["right"] = IsRight,
        ["verdict"] = Verdict,
        ["problems"] = new JsonArray([.. Problems.Select(problem => JsonValue.Create(problem))]),
        ["advice"] = Advice,
        ["fields"] = new JsonArray([.. Fields.Select(field => new JsonObject
        {
            ["offset"] = field.Offset,
            ["length"] = field.Length,
            ["name"] = field.Name,
            ["bytes"] = field.Bytes,
            ["meaning"] = field.Meaning,
            ["decrypted"] = field.IsDecrypted,
            ["problem"] = field.Problem,
        })]),
    };
}
