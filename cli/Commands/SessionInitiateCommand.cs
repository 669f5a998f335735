using System.CommandLine;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl session initiate</c>: makes a session with a receiver, and shows how far it is.</summary>
internal static class SessionInitiateCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var receiver = new Argument<string>("receiver")
        {
            Description = "The receiver's domain name, or its signalling service as HOST:PORT.",
        };
        var command = new Command("initiate", "Make a session: a key that the receiver has, too.") { receiver };
        var order = SessionOrderOptions.AddTo(command);
        var keyOptions = SessionKeyOptions.AddTo(command, mustKeep: false);
        var gateway = GatewayOptions.AddTo(command, deadline: TimeSpan.FromSeconds(30));
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = order.Read(parsed);
            if (OptionText.TryParseEndpoint(parsed.GetRequiredValue(receiver), out var endpoint))
            {
                request.Endpoint = endpoint;
            }
            else
            {
                request.Domain = parsed.GetRequiredValue(receiver);
            }

            using var file = keyOptions.CreateFile(parsed);
            var isJson = parsed.GetValue(json);
            InitiateSessionResponse? made = null;
            await SessionProgress.ShowAsync(terminal, isJson, show => gateway.ReadSessionsAsync(
                parsed,
                (client, options) => client.InitiateSessionStream(new() { Session = request }, options),
                message =>
                {
                    if (message.Result is { } result)
                    {
                        made = result;
                    }
                    else
                    {
                        show(message);
                    }

                    return true;
                },
                cancellationToken));
            if (made is null)
            {
                throw new FailureException(ExitCode.Unexpected, "The gateway ended the call without a result.");
            }

            var report = new Report();
            if (isJson)
            {
                report.Add("step", "result");
            }

            report.Add("session_id", made.SessionId);
            keyOptions.Add(report, parsed, file, made.Key, made.DerivedKey);
            report
                .Add("endpoint", AnswerJson.Of(made.Endpoint))
                .Add("duration", AnswerJson.Of(made.Duration))
                .Add("parts", SessionJson.Parts(made.Parts));
            if (isJson)
            {
                report.WriteJsonLine(terminal);
            }
            else
            {
                terminal.Out.WriteLine("");
                report.Write(terminal, json: false);
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }
}
