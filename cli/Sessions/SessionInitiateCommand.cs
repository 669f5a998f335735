using System.CommandLine;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl session initiate</c> makes a session with a receiver, and shows its progress.</summary>
internal static class SessionInitiateCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var receiver = new Argument<string>("receiver")
        {
            Description = "The receiver's domain name, or its signalling service as HOST:PORT.",
        };
        var command = new Command("initiate", "Make a session: a key that the receiver has too.") { receiver };
        var plan = SessionPlanOptions.AddTo(command);
        var keyOptions = SessionKeyOptions.AddTo(command, mustKeep: false);
        var gateway = GatewayOptions.AddTo(command, deadline: TimeSpan.FromSeconds(30));
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = plan.Read(parsed);
            request.IdempotencyKey = keyOptions.IdempotencyKey(parsed);
            request.DeriveLabels.AddRange(keyOptions.Labels(parsed));
            request.SetReceiver(parsed.GetRequiredValue(receiver));
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
                throw new FailureException(
                    ExitCode.Unexpected,
                    "The gateway ended the call without a result.",
                    "Try again. If it happens again, see the gateway's log.");
            }

            var report = new Report();
            if (isJson)
            {
                report.Add("step", "result");
            }

            report.Add("session_id", ResponseJson.Hex(made.SessionId));
            keyOptions.Add(report, parsed, file, made.SessionId, made.Key, made.DerivedKey, made.LabelKeys);
            if (made.LeaseExpireTime is { } leaseExpireTime)
            {
                report.Add("lease_expire_time", ResponseJson.Of(leaseExpireTime));
            }

            if (made.Resumed)
            {
                report.Add("resumed", true);
            }

            report
                .Add("endpoint", ResponseJson.Of(made.Endpoint))
                .Add("duration", ResponseJson.Of(made.Duration))
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
