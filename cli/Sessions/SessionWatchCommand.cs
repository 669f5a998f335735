using System.CommandLine;
using Rke.V1;

namespace Rke.Cli;

/// <summary>
/// <c>rkectl session watch</c> shows the sessions that arrive: as a table on a terminal, otherwise one line for each.
/// </summary>
internal static class SessionWatchCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var cursor = new Option<string>("--cursor")
        {
            Description = "Show only sessions after this cursor. Use the last cursor that was printed.",
            DefaultValueFactory = _ => "",
        };
        var consumer = new Option<string>("--consumer")
        {
            Description = "The name of the consumer. The gateway marks the sessions that it has sent to this name before.",
            DefaultValueFactory = _ => "",
        };
        var peers = SessionPeerOption.Create();
        var count = new Option<uint?>("--count") { Description = "End after this number of sessions.", HelpName = "sessions" };
        var command = new Command("watch", "Show the sessions that the gateway keeps, and then each new session.")
        {
            cursor, consumer, peers, count,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(count) is { Errors: { } errors } && !errors.Any() && result.GetValue(count) == 0)
            {
                result.AddError("--count must be 1 or more.");
            }
        });
        var gateway = GatewayOptions.AddTo(command, isEndless: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var last = parsed.GetRequiredValue(cursor);
            var hasResponded = false;
            var remaining = parsed.GetValue(count) ?? uint.MaxValue;
            try
            {
                await ShowAsync(terminal, parsed.GetValue(json), show => gateway.ReadSessionsAsync(
                    parsed,
                    (client, options) => client.WatchSessions(
                        new()
                        {
                            Cursor = last,
                            Consumer = parsed.GetRequiredValue(consumer),
                            Peers = { parsed.GetValue(peers) ?? [] },
                        },
                        options),
                    message =>
                    {
                        hasResponded = true;
                        last = message.Cursor;
                        show(message);
                        remaining -= message.Session is null ? 0u : 1u;
                        return remaining > 0;
                    },
                    cancellationToken));
            }
            catch (FailureException exception) when (hasResponded)
            {
                throw new FailureException(exception.Failure with { Advice = $"Continue with --cursor {last}." });
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Task<bool> ShowAsync(Terminal terminal, bool json, Func<Action<WatchSessionsResponse>, Task<bool>> run)
    {
        if (json || !terminal.Out.IsTerminal)
        {
            return run(message => terminal.Out.WriteLine(json
                ? JsonText.WriteLine(SessionWatchText.Json(message))
                : SafeText.Of(SessionWatchText.Of(message))));
        }

        var view = new SessionWatchTable(terminal.Out.Height);
        return terminal.Out.DrawAsync(view.Render(), draw => run(message =>
        {
            view.Add(message);
            draw(view.Render());
        }));
    }
}
