using System.CommandLine;

namespace Rke.Cli;

/// <summary><c>rkectl session claim</c>: takes the key of a session that arrived.</summary>
internal static class SessionClaimCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var id = new Argument<string>("id") { Description = "The session's id." };
        var command = new Command("claim", "Take the key of a session that arrived. It is handed out once.") { id };
        var keyOptions = SessionKeyOptions.AddTo(command, mustKeep: true);
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var file = keyOptions.CreateFile(parsed);
            var answer = await gateway.CallSessionsAsync(
                parsed,
                (client, options) => client.ClaimSessionAsync(new() { SessionId = parsed.GetRequiredValue(id) }, options),
                cancellationToken);
            var report = new Report();
            foreach (var (name, value) in SessionJson.Fields(answer.Session).Where(field => field.Name != "key_size"))
            {
                report.Add(name, value);
            }

            keyOptions.Add(report, parsed, file, answer.Key, answer.DerivedKey);
            report.Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
