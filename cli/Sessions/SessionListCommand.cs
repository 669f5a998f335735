using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Rke.V1;
using Spectre.Console;

namespace Rke.Cli;

/// <summary><c>rkectl session list</c> lists the sessions that arrived, newest first.</summary>
internal static class SessionListCommand
{
    private const uint MaxPage = 1000;
    private const uint DefaultLimit = 100;

    private static readonly string[] States = ["waiting", "claimed", "closed", "expired"];

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var peers = SessionPeerOption.Create();
        var states = new Option<string[]>("--state")
        {
            Description = $"Show only sessions in this state: {string.Join(", ", States)}. Can be given several times.",
            HelpName = "state",
            AllowMultipleArgumentsPerToken = true,
        };
        states.AcceptOnlyFromAmong(States);
        var from = Time("--from", "Show only sessions that arrived at this time or later, such as 2026-11-29T08:30:00Z.");
        var before = Time("--before", "Show only sessions that arrived before this time.");
        var limit = new Option<uint>("--limit")
        {
            Description = $"End after this number of sessions. Default: {DefaultLimit}.",
            HelpName = "sessions",
            DefaultValueFactory = _ => DefaultLimit,
        };
        var command = new Command("list", "List the sessions that arrived and are kept, newest first.")
        {
            peers, states, from, before, limit,
        };
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new ListSessionsRequest
            {
                Peers = { parsed.GetValue(peers) ?? [] },
                States = { (parsed.GetValue(states) ?? []).Select(state => System.Enum.Parse<Session.Types.State>(state, ignoreCase: true)) },
                ArrivedFrom = parsed.GetValue(from),
                ArrivedBefore = parsed.GetValue(before),
            };
            var sessions = new List<Session>();
            do
            {
                request.PageSize = Math.Min(MaxPage, parsed.GetValue(limit) - (uint)sessions.Count);
                if (request.PageSize == 0)
                {
                    break;
                }

                var page = await gateway.CallSessionsAsync(
                    parsed, (client, options) => client.ListSessionsAsync(request, options), cancellationToken);
                sessions.AddRange(page.Sessions);
                request.PageToken = page.NextPageToken;
            }
            while (request.PageToken.Length > 0);
            Write(terminal, sessions, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void Write(Terminal terminal, List<Session> sessions, bool json)
    {
        if (json)
        {
            foreach (var session in sessions)
            {
                var report = new Report();
                foreach (var (name, value) in SessionJson.Fields(session))
                {
                    report.Add(name, value);
                }

                report.WriteJsonLine(terminal);
            }

            return;
        }

        if (sessions.Count == 0)
        {
            terminal.Out.WriteLine("No sessions.");
            return;
        }

        var grid = new Grid().Add().Add().Add().Add(alignment: Justify.Right).Add().Add(gap: 0)
            .AddHeading("arrived", "session", "state", "key", "parts", "from");
        foreach (var session in sessions)
        {
            grid.AddRow(
                new Text($"{ResponseJson.Of(session.ArriveTime)}", Styles.Name),
                new Text(HexText.Of(session.SessionId.Span)),
                new Text(session.State.ToString().ToLowerInvariant()),
                new Text($"{session.KeySize} bytes"),
                new Text(SessionWatchText.Parts(session)),
                SafeText.Styled(SessionWatchText.From(session)));
        }

        terminal.Out.Write(grid);
    }

    private static Option<Timestamp?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = Parse,
    };

    private static Timestamp? Parse(ArgumentResult result)
    {
        if (DateTimeOffset.TryParse(
            result.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return Timestamp.FromDateTimeOffset(time);
        }

        result.AddError($"{((OptionResult)result.Parent!).Option.Name} must be a time, such as 2026-11-29T08:30:00Z.");
        return null;
    }
}
