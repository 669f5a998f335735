using System.CommandLine;

namespace Rke.Cli;

/// <summary><c>rkectl session show</c>: what is known of a session that arrived.</summary>
internal static class SessionShowCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var id = new Argument<string>("id") { Description = "The session's id." };
        var command = new Command("show", "Show what is known of a session that arrived; never its key.") { id };
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var answer = await gateway.CallSessionsAsync(
                parsed,
                (client, options) => client.GetSessionAsync(new() { SessionId = parsed.GetRequiredValue(id) }, options),
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
