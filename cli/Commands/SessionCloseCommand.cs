using System.CommandLine;

namespace Rke.Cli;

/// <summary><c>rkectl session close</c>: ends a session that arrived.</summary>
internal static class SessionCloseCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var id = new Argument<string>("id") { Description = "The session's id." };
        var command = new Command("close", "End a session that arrived: a key that nobody has claimed is deleted.") { id };
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var answer = await gateway.CallSessionsAsync(
                parsed,
                (client, options) => client.CloseSessionAsync(new() { SessionId = parsed.GetRequiredValue(id) }, options),
                cancellationToken);
            var report = new Report();
            foreach (var (name, value) in SessionJson.Fields(answer.Session))
            {
                report.Add(name, value);
            }

            report.Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
