using System.CommandLine;
using System.Runtime.InteropServices;
using Rke.UdpBridge;

namespace Rke.Cli;

/// <summary><c>rkectl agent run</c> keeps the keys of programs fresh at both ends.</summary>
internal static class AgentCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var file = FileOption();
        var command = new Command(
            "run", "Keep the keys of programs fresh at both ends, until a signal ends the command. SIGHUP makes new keys at once.") { file };
        var gateway = GatewayOptions.AddTo(command, isEndless: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = AgentSettings.Read(parsed.GetRequiredValue(file));
            using var hold = AgentStateFile.Hold(settings.StateFolder);
            var runner = new AgentRunner(gateway, parsed, settings, TimeProvider.System);
            using var hangup = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                runner.Rotate();
            });
            await using var metrics = settings.Metrics is { } endpoint ? await AgentMetrics.StartAsync(endpoint, runner, TimeProvider.System) : null;
            if (!parsed.GetValue(json))
            {
                terminal.Error.WriteLine($"The agent has started for: {string.Join(", ", settings.Peers.Select(peer => peer.Name))}");
            }

            try
            {
                await runner.RunAsync(peer => new AgentLog(terminal, parsed.GetValue(json), peer.Name), cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // SIGTERM and SIGINT end the agent. The destinations keep their keys.
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The option with the file of settings.</summary>
    public static Option<string> FileOption() => new("--file", "-f")
    {
        Description = "The JSON file with the peers. docs/AGENT.md describes it.",
        HelpName = "file",
        Required = true,
    };
}

/// <summary>Writes the events of one peer on standard error, or as JSON lines on standard output.</summary>
internal sealed class AgentLog(Terminal terminal, bool isJson, string peer) : IAgentLog
{
    private static readonly Lock Output = new();

    public void Changed(string key) => Write("changed", key, null, $"The destinations have the key {key}.");

    public void Confirmed(string key) => Write("confirmed", key, null, $"Both ends use the key {key}.");

    public void Failed(string problem) => Write("failed", null, problem, problem);

    private void Write(string name, string? key, string? problem, string text)
    {
        var time = StoredKey.Text(TimeOfDay.Now(TimeProvider.System));
        lock (Output)
        {
            if (isJson)
            {
                new Report().Add("time", time).Add("peer", peer).Add("event", name).Add("key_id", key).Add("problem", problem).WriteJsonLine(terminal);
            }
            else
            {
                terminal.Error.Write(SafeText.Styled($"{time}  {peer}  {text}", problem is null ? Styles.Name : Styles.Error));
            }
        }
    }
}
