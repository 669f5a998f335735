using System.CommandLine;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl session claim</c> claims the key of a session that arrived.</summary>
internal static class SessionClaimCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var id = SessionIdArgument.Create();
        var command = new Command(
            "claim", "Claim the key of a session that arrived. The gateway hands out a key once, or repeatedly for one idempotency key.")
        {
            id,
        };
        var keyOptions = SessionKeyOptions.AddTo(command, mustKeep: true);
        var gateway = GatewayOptions.AddTo(command);
        SessionIdArgument.Complete(id, gateway, Session.Types.State.Waiting);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var file = keyOptions.CreateFile(parsed);
            var response = await gateway.CallSessionsAsync(
                parsed,
                (client, options) => client.ClaimSessionAsync(
                    new()
                    {
                        SessionId = SessionIdArgument.Read(parsed, id),
                        IdempotencyKey = keyOptions.IdempotencyKey(parsed),
                        DeriveLabels = { keyOptions.Labels(parsed) },
                    },
                    options),
                cancellationToken);
            var report = new Report();
            foreach (var (name, value) in SessionJson.Fields(response.Session).Where(field => field.Name != "key_size"))
            {
                report.Add(name, value);
            }

            keyOptions.Add(report, parsed, file, response.Session.SessionId, response.Key, response.DerivedKey, response.LabelKeys);
            if (response.LeaseExpireTime is { } leaseExpireTime)
            {
                report.Add("lease_expire_time", ResponseJson.Of(leaseExpireTime));
            }

            report.Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
