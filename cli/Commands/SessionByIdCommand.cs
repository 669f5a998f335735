using System.CommandLine;
using Grpc.Core;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl session show</c> and <c>close</c>: one call about a session that arrived, and what is known of it.</summary>
internal static class SessionByIdCommand
{
    public static Command Show(Terminal terminal, Option<bool> json) => Create(
        terminal,
        json,
        new("show", "Show what is known of a session that arrived; never its key."),
        (client, id, options) => client.GetSessionAsync(new() { SessionId = id }, options),
        answer => answer.Session);

    public static Command Close(Terminal terminal, Option<bool> json) => Create(
        terminal,
        json,
        new("close", "End a session that arrived: a key that nobody has claimed is deleted."),
        (client, id, options) => client.CloseSessionAsync(new() { SessionId = id }, options),
        answer => answer.Session);

    private static Command Create<T>(
        Terminal terminal,
        Option<bool> json,
        Command command,
        Func<RkeSessionService.RkeSessionServiceClient, string, CallOptions, AsyncUnaryCall<T>> call,
        Func<T, Session> sessionOf)
    {
        var id = new Argument<string>("id") { Description = "The session's id." };
        command.Add(id);
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var answer = await gateway.CallSessionsAsync(
                parsed, (client, options) => call(client, parsed.GetRequiredValue(id), options), cancellationToken);
            var report = new Report();
            foreach (var (name, value) in SessionJson.Fields(sessionOf(answer)))
            {
                report.Add(name, value);
            }

            report.Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
