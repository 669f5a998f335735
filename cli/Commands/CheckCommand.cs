using System.CommandLine;
using System.Security.Cryptography;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl check</c>: a whole exchange, with a key part that nobody needs.</summary>
internal static class CheckCommand
{
    private const int PartLength = 8;

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var raida = new Option<uint>("--raida", "-r") { Description = "The key server's number, 0-24." };
        var network =
            new Option<uint>("--network") { Description = "The network's number; 0 = the gateway's default." };
        var command = new Command(
            "check", "Leave a random key part on a key server, collect it again, and compare: proof that all of it works.")
        {
            raida, network,
        };
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var started = TimeProvider.System.GetTimestamp();
            var part = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(PartLength));
            var posted = await gateway.CallAsync(
                parsed,
                (client, options) => client.PostKeyAsync(
                    new PostKeyRequest
                    {
                        Network = parsed.GetValue(network),
                        RaidaId = parsed.GetValue(raida),
                        KeyPart = part,
                    },
                    options),
                cancellationToken);
            var collected = await gateway.CallAsync(
                parsed,
                (client, options) => client.GetKeyAsync(
                    new GetKeyRequest { Network = posted.Network, RaidaId = posted.RaidaId, KeyId = posted.KeyId }, options),
                cancellationToken);
            if (collected.KeyPart != part)
            {
                throw new FailureException(
                    ExitCode.Unexpected,
                    "The key part that was collected is not the one that was posted.",
                    "Look at the network's profile and response IV in the gateway's configuration.");
            }

            new Report()
                .Add("same", true)
                .Add("key_id_hash", AnswerJson.Hex(posted.KeyIdHash))
                .Add("network", posted.Network)
                .Add("raida_id", posted.RaidaId)
                .Add("server", AnswerJson.Of(posted.Server))
                .Add("coin", AnswerJson.Of(posted.Coin))
                .Add("seconds", Math.Round(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 3))
                .Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
