using System.CommandLine;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl session watch</c>: shows the sessions that arrive: a line each, or a table on a terminal.</summary>
internal static class SessionWatchCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var cursor = new Option<string>("--cursor")
        {
            Description = "The last cursor that was printed: show only later sessions.",
            DefaultValueFactory = _ => "",
        };
        var consumer = new Option<string>("--consumer")
        {
            Description = "A name under which the gateway keeps track of the sessions that it delivered.",
            DefaultValueFactory = _ => "",
        };
        var count = new Option<uint?>("--count") { Description = "End after this many sessions.", HelpName = "sessions" };
        var command = new Command("watch", "Show the sessions that arrived for the gateway, and each that arrives.")
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
            var hasAnswered = false;
            var left = parsed.GetValue(count) ?? uint.MaxValue;
            try
            {
                await ShowAsync(terminal, parsed.GetValue(json), show => gateway.ReadSessionsAsync(
                    parsed,
                    (client, options) => client.WatchSessions(
                        new() { Cursor = last, Consumer = parsed.GetRequiredValue(consumer) }, options),
                    message =>
                    {
                        hasAnswered = true;
                        last = message.Cursor;
                        show(message);
                        left -= message.Session is null ? 0u : 1u;
                        return left > 0;
                    },
                    cancellationToken));
            }
            catch (FailureException exception) when (hasAnswered)
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
                : PlainText.Of(SessionWatchText.Of(message))));
        }

        var view = new SessionWatchView(terminal.Out.Height);
        return terminal.Out.DrawAsync(view.Render(), draw => run(message =>
        {
            view.Add(message);
            draw(view.Render());
        }));
    }
}
