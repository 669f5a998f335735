using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl post</c> posts a key part to a key server.</summary>
internal static class PostCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var raida =
            new Option<uint>("--raida", "-r") { Description = "The key server's number, 0-24.", Required = true };
        var network =
            new Option<uint>("--network") { Description = "The network's number. 0 = the gateway's default network." };
        var id = new Option<HexValue?>("--key-id")
        {
            Description = "The part's key id, 16 bytes in hex. Default: the gateway makes a random key id.",
            HelpName = "hex",
            CustomParser = OptionParsers.Hex16,
        };
        var start =
            new Option<uint?>("--key-start") { Description = "The offset of the part in its padding, 0-127. Default: random." };
        var coin = new Option<Coin?>("--coin")
        {
            Description = "The coin that encrypts the request. Default: a free coin of the gateway.",
            HelpName = "DN/SN",
            CustomParser = OptionParsers.Coin,
        };
        var idempotency = new Option<string>("--idempotency-key")
        {
            Description = "Up to 128 characters. A request with the same key is executed once and gets the same response.",
            DefaultValueFactory = _ => "",
        };
        var show = new Option<bool>("--show-part") { Description = "Print the key part." };
        var save = new Option<string?>("--save-part")
        {
            Description = "Write the key part in hex to a new file with mode 0600.",
            HelpName = "file",
        };
        var command = new Command("post", "Post a key part to a key server.")
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

            var response = await gateway.CallAsync(
                parsed, (client, options) => client.PostKeyAsync(request, options), cancellationToken);
            file?.Write(Encoding.ASCII.GetBytes(HexText.Of(bytes) + "\n"));
            var report = new Report()
                .Add("key_id", ResponseJson.Hex(response.KeyId))
                .Add("key_id_hash", ResponseJson.Hex(response.KeyIdHash))
                .Add("network", response.Network)
                .Add("raida_id", response.RaidaId)
                .Add("server", ResponseJson.Of(response.Server))
                .Add("coin", ResponseJson.Of(response.Coin))
                .Add("execution_time", ResponseJson.Of(response.ExecutionTime))
                .Add("expire_time", ResponseJson.Of(response.ExpireTime));
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
