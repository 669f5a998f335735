using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using Rke.V1;

namespace Rke.Cli;

/// <summary>
/// <c>rkectl session show</c>, <c>rkectl session close</c> and <c>rkectl session acknowledge</c> make one call and print the session.
/// </summary>
internal static class SessionStateCommands
{
    public static Command Show(Terminal terminal, Option<bool> json)
    {
        var initiated = new Option<bool>("--initiated")
        {
            Description = "Show a session that this gateway initiated for you, and not one that arrived.",
        };
        return Create(
            terminal,
            json,
            new("show", "Show the state of a session, without its key.") { initiated },
            (client, id, parsed, options) => client.GetSessionAsync(
                new() { SessionId = id, Initiated = parsed.GetValue(initiated) }, options),
            response => response.Session);
    }

    public static Command Close(Terminal terminal, Option<bool> json) => Create(
        terminal,
        json,
        new("close", "Close a session that arrived. An unclaimed key is deleted."),
        (client, id, _, options) => client.CloseSessionAsync(new() { SessionId = id }, options),
        response => response.Session);

    public static Command Acknowledge(Terminal terminal, Option<bool> json)
    {
        var key = new Option<string>("--idempotency-key")
        {
            Description = "The idempotency key of the command that printed or saved the key.",
            HelpName = "text",
            Required = true,
        };
        return Create(
            terminal,
            json,
            new("acknowledge", "Confirm that you have the key of a session. The gateway deletes it.") { key },
            (client, id, parsed, options) => client.AcknowledgeSessionAsync(
                new() { SessionId = id, IdempotencyKey = parsed.GetRequiredValue(key) }, options),
            response => response.Session);
    }

    private static Command Create<T>(
        Terminal terminal,
        Option<bool> json,
        Command command,
        Func<RkeSessionService.RkeSessionServiceClient, ByteString, ParseResult, CallOptions, AsyncUnaryCall<T>> call,
        Func<T, Session> sessionOf)
    {
        var id = SessionIdArgument.Create();
        command.Add(id);
        var gateway = GatewayOptions.AddTo(command);
        SessionIdArgument.Complete(id, gateway);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var response = await gateway.CallSessionsAsync(
                parsed,
                (client, options) => call(client, SessionIdArgument.Read(parsed, id), parsed, options),
                cancellationToken);
            var report = new Report();
            foreach (var (name, value) in SessionJson.Fields(sessionOf(response)))
            {
                report.Add(name, value);
            }

            report.Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
