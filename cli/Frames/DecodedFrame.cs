using System.Text.Json.Nodes;
using Spectre.Console;

namespace Rke.Cli;

/// <summary>A decoded frame, and its output as text or JSON.</summary>
internal sealed record DecodedFrame(
    string Kind, string Profile, string Command, int Length, IReadOnlyList<DecodedField> Fields)
{
    private const int BytesShown = 16;

    /// <summary>Whether a receiver accepts the frame, such as "valid" or "ignored".</summary>
    public required string Verdict { get; init; }

    /// <summary>Why a receiver does not accept the frame.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>The options that decode more of the frame.</summary>
    public string? Advice { get; init; }

    public bool IsValid => Problems.Count == 0 && Fields.All(each => each.Problem is null);

    public void Write(Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonText.Write(ToJson()));
            return;
        }

        terminal.Out.Write(new Paragraph($"{Kind}, {Profile} profile, {Command}, {Length} bytes: ")
            .Append(SafeText.Of(Verdict), IsValid ? Styles.Good : Styles.Error));
        terminal.Out.Write(Table());
        if (Fields.Any(field => field.IsDecrypted))
        {
            terminal.Out.WriteLine("* encrypted on the wire, shown in plain text");
        }

        foreach (var problem in Problems)
        {
            terminal.Out.Write(SafeText.Styled($"!! {problem}", Styles.Error));
        }

        if (Advice is not null)
        {
            terminal.Out.Write(SafeText.Styled(Advice, Styles.Advice));
        }
    }

    private Grid Table()
    {
        var grid = new Grid()
            .Add(alignment: Justify.Right)
            .Add(gap: 0, alignment: Justify.Right)
            .Add(gap: 1)
            .Add()
            .Add()
            .Add(gap: 0, wraps: true)
            .AddHeading("offset", "length", " ", "field", "bytes", "meaning");
        foreach (var field in Fields)
        {
            var meaning = new Paragraph(SafeText.Of(field.Meaning));
            if (field.Problem is { } problem)
            {
                meaning.Append(field.Meaning.Length > 0 ? "  " : "").Append(SafeText.Of($"!! {problem}"), Styles.Error);
            }

            grid.AddRow(
                new Text($"{field.Offset}"),
                new Text($"{field.Length}"),
                new Text(field.IsDecrypted ? "*" : " "),
                SafeText.Styled(field.Name),
                new Text(Shown(field)),
                meaning);
        }

        return grid;
    }

    private static string Shown(DecodedField field) => field.Bytes switch
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
        ["valid"] = IsValid,
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
