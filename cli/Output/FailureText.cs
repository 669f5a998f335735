using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary>Failures as text and as JSON, always on standard error.</summary>
internal static class FailureText
{
    public static void Write(Failure failure, Terminal terminal, bool json)
    {
        if (json)
        {
            terminal.Error.WriteLine(JsonText.Write(ToJson(failure)));
            return;
        }

        var reason = failure.Reason is null ? "" : $" [{failure.Reason}]";
        terminal.Error.WriteLine(PlainText.Of($"rkectl: {failure.Message}{reason}"));
        foreach (var field in failure.Fields)
        {
            terminal.Error.WriteLine(PlainText.Of($"  {field.Field}: {field.Description}"));
        }

        foreach (var (name, value) in failure.Metadata)
        {
            terminal.Error.WriteLine(PlainText.Of($"  {name.Replace('_', ' ')}: {value}"));
        }

        if (failure.RetryAfter is { } delay)
        {
            terminal.Error.WriteLine($"  try again in {delay.TotalSeconds:0.###} s");
        }

        if (failure.Advice is { } advice)
        {
            terminal.Error.WriteLine(PlainText.Of($"  {advice}"));
        }
    }

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
