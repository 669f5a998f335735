using System.CommandLine;
using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl session watch</c>: tells of the sessions that arrive, one line each.</summary>
internal static class SessionWatchCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var cursor = new Option<string>("--cursor")
        {
            Description = "The last cursor that was printed: only later sessions are told of.",
            DefaultValueFactory = _ => "",
        };
        var consumer = new Option<string>("--consumer")
        {
            Description = "A name under which the gateway knows what was told before.",
            DefaultValueFactory = _ => "",
        };
        var count = new Option<uint?>("--count") { Description = "End after this many sessions.", HelpName = "sessions" };
        var command = new Command("watch", "Tell of the sessions that arrived for the gateway, and of each that arrives.")
        {
            cursor, consumer, count,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(count) is { Errors: { } errors } && !errors.Any() && result.GetValue(count) == 0)
            {
                result.AddError("--count takes 1 or more.");
            }
        });
        var gateway = GatewayOptions.AddTo(command, isEndless: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var last = parsed.GetRequiredValue(cursor);
            var left = parsed.GetValue(count) ?? uint.MaxValue;
            try
            {
                await gateway.ReadSessionsAsync(
                    parsed,
                    (client, options) => client.WatchSessions(
                        new() { Cursor = last, Consumer = parsed.GetRequiredValue(consumer) }, options),
                    message =>
                    {
                        last = message.Cursor;
                        terminal.Out.WriteLine(parsed.GetValue(json)
                            ? JsonText.WriteLine(Json(message))
                            : PlainText.Of(Text(message)));
                        left -= message.Session is null ? 0u : 1u;
                        return left > 0;
                    },
                    cancellationToken);
            }
            catch (FailureException exception) when (last.Length > 0)
            {
                throw new FailureException(exception.Failure with { Advice = $"Go on with --cursor {last}." });
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static string Text(WatchSessionsResponse message) => message.Session is { } session
        ? $"{AnswerJson.Of(session.ArriveTime)}  {session.SessionId}  {session.State.ToString().ToLowerInvariant()}  "
            + $"{session.KeySize} bytes  {session.Parts.Count(part => part.Used)} of {session.Parts.Count} parts  "
            + $"from {AnswerJson.Of(session.Initiator)}{(message.Redelivered ? "  told before" : "")}  cursor {message.Cursor}"
        : $"There may have been sessions that are no longer known.  cursor {message.Cursor}";

    private static JsonObject Json(WatchSessionsResponse message)
    {
        var json = new JsonObject
        {
            ["cursor"] = message.Cursor,
            ["gap"] = message.Gap,
            ["redelivered"] = message.Redelivered,
        };
        foreach (var (name, value) in message.Session is null ? [] : SessionJson.Fields(message.Session))
        {
            json[name] = value;
        }

        return json;
    }
}
