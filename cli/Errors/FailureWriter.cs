using System.Text.Json.Nodes;
using Spectre.Console;

namespace Rke.Cli;

/// <summary>Writes a failure to standard error, as text or as JSON.</summary>
internal static class FailureWriter
{
    public static void Write(Failure failure, Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.Error.WriteLine(JsonText.Write(ToJson(failure)));
            return;
        }

        var reason = failure.Reason is null ? "" : $" [{failure.Reason}]";
        terminal.Error.Write(new Paragraph("rkectl: ", Styles.Error).Append(SafeText.Of(failure.Message + reason)));
        foreach (var field in failure.Fields)
        {
            WriteLine(terminal, $"{field.Field}: {field.Description}");
        }

        foreach (var (name, value) in failure.Metadata)
        {
            WriteLine(terminal, $"{name.Replace('_', ' ')}: {value}");
        }

        if (failure.RetryAfter is { } delay)
        {
            WriteLine(terminal, $"try again in {delay.TotalSeconds:0.###} s");
        }

        if (failure.Advice is { } advice)
        {
            WriteLine(terminal, advice, Styles.Advice);
        }
    }

    private static void WriteLine(Terminal terminal, string text, Style? style = null) =>
        terminal.Error.Write(new Grid().Add(gap: 0).Add(gap: 0, wraps: true).AddRow(new Text("  "), SafeText.Styled(text, style)));

    private static JsonObject ToJson(Failure failure) => new()
    {
        ["error"] = new JsonObject
        {
            ["exit_code"] = (int)failure.ExitCode,
            ["code"] = failure.Code,
            ["reason"] = failure.Reason,
            ["message"] = failure.Message,
            ["advice"] = failure.Advice,
            ["retry_after_seconds"] = failure.RetryAfter?.TotalSeconds,
            ["metadata"] = new JsonObject(failure.Metadata.Select(pair =>
                KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value))),
            ["fields"] = new JsonArray([.. failure.Fields.Select(field =>
                new JsonObject { ["field"] = field.Field, ["description"] = field.Description })]),
        },
    };
}
