using System.CommandLine;
using System.Security.Cryptography;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl get</c> gets a key part from a key server.</summary>
internal static class GetCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var id = new Option<HexValue?>("--key-id")
        {
            Description = "The part's key id, 16 bytes in hex.",
            HelpName = "hex",
            CustomParser = OptionParsers.Hex16,
        };
        var hash = new Option<HexValue?>("--hash")
        {
            Description = "The MD5 of the part's key id, 16 bytes in hex. A Signal contains it.",
            HelpName = "hex",
            CustomParser = OptionParsers.Hex16,
        };
        var raida = new Option<uint?>("--raida", "-r") { Description = "The number of a configured key server, 0-24." };
        var endpoint = new Option<Endpoint?>("--endpoint", "-e")
        {
            Description = "The address of a key server that the gateway allows (Rke:Targets:Allow).",
            HelpName = "host:port",
            CustomParser = OptionParsers.Endpoint,
        };
        var network =
            new Option<uint>("--network") { Description = "The network's number. 0 = the gateway's default network." };
        var coin = new Option<Coin?>("--coin")
        {
            Description = "The coin that encrypts the request. Default: any coin of the gateway.",
            HelpName = "DN/SN",
            CustomParser = OptionParsers.Coin,
        };
        var output = new Option<string?>("--out", "-o")
        {
            Description = "Write the part to a new file with mode 0600, instead of printing it.",
            HelpName = "file",
        };
        var format = KeyFormat.Option(
            "The format of the part: hex, base64, or raw (the bytes, only with --out).", KeyFormat.Hex, KeyFormat.Base64, KeyFormat.Raw);
        var command = new Command(
            "get", "Get a key part from a key server. A key server hands out a part once and deletes it.")
        {
            id, hash, raida, endpoint, network, coin, output, format,
        };
        command.Validators.Add(result =>
        {
            if ((result.GetResult(id) is null) == (result.GetResult(hash) is null))
            {
                result.AddError("Give either --key-id or --hash.");
            }

            if ((result.GetResult(raida) is null) == (result.GetResult(endpoint) is null))
            {
                result.AddError("Give either --raida or --endpoint.");
            }

            if (result.GetResult(format) is { Implicit: false } chosen && !chosen.Errors.Any()
                && result.GetValue(format) == KeyFormat.Raw && result.GetResult(output) is null)
            {
                result.AddError("--format raw needs --out.");
            }
        });
        var gateway = GatewayOptions.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new GetKeyRequest { Network = parsed.GetValue(network), Coin = parsed.GetValue(coin) };
            if (parsed.GetValue(id) is { } keyId)
            {
                request.KeyId = ByteString.CopyFrom(keyId.Bytes);
            }
            else
            {
                request.KeyIdHash = ByteString.CopyFrom(parsed.GetValue(hash)!.Bytes);
            }

            if (parsed.GetValue(endpoint) is { } server)
            {
                request.Endpoint = server;
            }
            else
            {
                request.RaidaId = parsed.GetValue(raida)!.Value;
            }

            using var file = parsed.GetValue(output) is { } path ? SecretFile.Create(path) : null;
            var response = await gateway.CallAsync(
                parsed, (client, options) => client.GetKeyAsync(request, options), cancellationToken);
            var report = new Report();
            if (file is null)
            {
                report.Add("key_part", KeyFormat.ToText(parsed.GetRequiredValue(format), response.KeyPart.Span, ""));
            }
            else
            {
                var bytes = KeyFormat.Encode(parsed.GetRequiredValue(format), response.KeyPart.Span, "");
                file.Write(bytes);
                CryptographicOperations.ZeroMemory(bytes);
                report.Add("key_part_file", parsed.GetValue(output));
            }

            report
                .Add("key_id", ResponseJson.Hex(response.KeyId))
                .Add("sender", ResponseJson.Of(response.Sender))
                .Add("sender_address", response.SenderAddress.Length == 0 ? null : response.SenderAddress)
                .Add("raida_id", response.RaidaId)
                .Add("execution_time", ResponseJson.Of(response.ExecutionTime))
                .Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
