using System.CommandLine;
using Rke.UdpBridge;
using Spectre.Console;

namespace Rke.Cli;

/// <summary><c>rkectl agent status</c> shows the state of each peer's key, from the files of the agent on this machine.</summary>
internal static class AgentStatusCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var file = AgentCommand.FileOption();
        var command = new Command("status", "Show for each peer the age of its key, its last failure, and whether both ends use the key.") { file };
        command.SetAction(parsed =>
        {
            var settings = AgentSettings.Read(parsed.GetRequiredValue(file));
            var states = settings.Peers
                .Select(peer => (Peer: peer, State: new AgentStateFile(settings.StateFolder, peer.Name).Read()))
                .ToArray();
            if (parsed.GetValue(json))
            {
                foreach (var (peer, state) in states)
                {
                    ReportOf(peer, state).WriteJsonLine(terminal);
                }
            }
            else
            {
                Write(terminal, states);
            }

            return (int)(Array.TrueForAll(states, entry => entry.State.IsCertain) ? ExitCode.Ok : ExitCode.Found);
        });
        return command;
    }

    private static Report ReportOf(PeerSettings peer, AgentState state) => new Report()
        .Add("peer", peer.Name)
        .Add("role", RoleOf(peer))
        .Add("key_id", state.Active?.Id)
        .Add("key_age_seconds", state.Active is null ? null : (long)Age(state).TotalSeconds)
        .Add("last_change", state.Active is null ? null : StoredKey.Text(state.ActiveSince))
        .Add("applied_at_both_ends", state.IsCertain)
        .Add("next_key_id", state.Pending?.Id)
        .Add("changes", state.Changes)
        .Add("failures", state.Failures)
        .Add("last_failure", state.Failures == 0 ? null : state.LastFailure)
        .Add("last_failure_time", state.Failures == 0 ? null : StoredKey.Text(state.LastFailureTime));

    private static void Write(Terminal terminal, (PeerSettings Peer, AgentState State)[] states)
    {
        var grid = new Grid().Add().Add().Add().Add().Add().Add().Add(gap: 0, wraps: true)
            .AddHeading("peer", "role", "key", "age", "both ends", "changes", "last failure");
        foreach (var (peer, state) in states)
        {
            grid.AddRow(
                new Text(peer.Name, Styles.Name),
                new Text(RoleOf(peer)),
                new Text(state.Active?.Id ?? "-"),
                new Text(state.Active is null ? "-" : FormattableString.Invariant($"{Age(state).TotalSeconds:0} s")),
                new Text(state.IsCertain ? "yes" : "no", state.IsCertain ? Styles.Good : Styles.Warning),
                new Text(FormattableString.Invariant($"{state.Changes}")),
                SafeText.Styled(state.Failures == 0 ? "-" : $"{StoredKey.Text(state.LastFailureTime)} {state.LastFailure}"));
        }

        terminal.Out.Write(grid);
    }

    private static string RoleOf(PeerSettings peer) => peer.Role == AgentRole.Initiator ? "initiator" : "receiver";

    private static TimeSpan Age(AgentState state) => TimeOfDay.Now(TimeProvider.System) - state.ActiveSince;
}
