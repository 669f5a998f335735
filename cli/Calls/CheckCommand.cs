using System.CommandLine;
using System.Security.Cryptography;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl check</c> tests the whole path: it posts a random key part, gets it back and compares.</summary>
internal static class CheckCommand
{
    private const int PartLength = 8;

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var raida = new Option<uint>("--raida", "-r") { Description = "The key server's number, 0-24." };
        var network =
            new Option<uint>("--network") { Description = "The network's number. 0 = the gateway's default network." };
        var command = new Command(
            "check", "Post a random key part to a key server, get it back and compare. This tests the whole path.")
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
            var received = await gateway.CallAsync(
                parsed,
                (client, options) => client.GetKeyAsync(
                    new GetKeyRequest { Network = posted.Network, RaidaId = posted.RaidaId, KeyId = posted.KeyId }, options),
                cancellationToken);
            if (received.KeyPart != part)
            {
                throw new FailureException(
                    ExitCode.Unexpected,
                    "The key part from the key server is not the key part that was posted.",
                    "Check the profile and the response IV of this network in the gateway's configuration.");
            }

            new Report()
                .Add("same", true)
                .Add("key_id_hash", ResponseJson.Hex(posted.KeyIdHash))
                .Add("network", posted.Network)
                .Add("raida_id", posted.RaidaId)
                .Add("server", ResponseJson.Of(posted.Server))
                .Add("coin", ResponseJson.Of(posted.Coin))
                .Add("seconds", Math.Round(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 3))
                .Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
