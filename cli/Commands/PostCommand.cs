using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl post</c>: leaves a key part on a key server.</summary>
internal static class PostCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var raida =
            new Option<uint>("--raida", "-r") { Description = "The key server's number, 0-24.", Required = true };
        var network =
            new Option<uint>("--network") { Description = "The network's number; 0 = the gateway's default." };
        var id = new Option<HexValue?>("--key-id")
        {
            Description = "16 bytes in hex under which the part is posted; made by the gateway when left out.",
            HelpName = "hex",
            CustomParser = OptionText.Hex16,
        };
        var start =
            new Option<uint?>("--key-start") { Description = "Where the part starts in its padding, 0-127; random when left out." };
        var coin = new Option<Coin?>("--coin")
        {
            Description = "The coin that encrypts the request; the gateway takes a free one when left out.",
            HelpName = "DN/SN",
            CustomParser = OptionText.Coin,
        };
        var idempotency = new Option<string>("--idempotency-key")
        {
            Description = "The same key and request gives the same answer once, up to 128 characters.",
            DefaultValueFactory = _ => "",
        };
        var show = new Option<bool>("--show-part") { Description = "Print the key part too." };
        var save = new Option<string?>("--save-part")
        {
            Description = "Write the key part in hex to a new file that only its owner can read.",
            HelpName = "file",
        };
        var command = new Command("post", "Leave a key part on a key server.")
        {
            raida, network, id, start, coin, idempotency, show, save,
        };
        var part = KeyPartOptions.AddTo(command);
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var bytes = part.Read(parsed, terminal);
            using var file = parsed.GetValue(save) is { } path ? SecretFile.Create(path) : null;
            var request = new PostKeyRequest
            {
                Network = parsed.GetValue(network),
                RaidaId = parsed.GetValue(raida),
                KeyId = ByteString.CopyFrom(parsed.GetValue(id)?.Bytes ?? []),
                KeyPart = ByteString.CopyFrom(bytes),
                Coin = parsed.GetValue(coin),
                IdempotencyKey = parsed.GetValue(idempotency),
            };
            if (parsed.GetValue(start) is { } keyStart)
            {
                request.KeyStart = keyStart;
            }

            var answer = await gateway.CallAsync(
                parsed, (client, options) => client.PostKeyAsync(request, options), cancellationToken);
            file?.Write(Encoding.ASCII.GetBytes(HexText.Of(bytes) + "\n"));
            var report = new Report()
                .Add("key_id", AnswerJson.Hex(answer.KeyId))
                .Add("key_id_hash", AnswerJson.Hex(answer.KeyIdHash))
                .Add("network", answer.Network)
                .Add("raida_id", answer.RaidaId)
                .Add("server", AnswerJson.Of(answer.Server))
                .Add("coin", AnswerJson.Of(answer.Coin))
                .Add("execution_time", AnswerJson.Of(answer.ExecutionTime))
                .Add("expire_time", AnswerJson.Of(answer.ExpireTime));
            if (parsed.GetValue(show))
            {
                report.Add("key_part", HexText.Of(bytes));
            }

            CryptographicOperations.ZeroMemory(bytes);
            report.Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
