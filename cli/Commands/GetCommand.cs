using System.CommandLine;
using System.Text;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary><c>rkectl get</c>: collects a key part from a key server.</summary>
internal static class GetCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var id = new Option<HexValue?>("--key-id")
        {
            Description = "The part's key id, 16 bytes in hex.",
            HelpName = "hex",
            CustomParser = OptionText.Hex16,
        };
        var hash = new Option<HexValue?>("--hash")
        {
            Description = "The MD5 of the part's key id, as a Signal carries it.",
            HelpName = "hex",
            CustomParser = OptionText.Hex16,
        };
        var raida = new Option<uint?>("--raida", "-r") { Description = "A configured key server's number, 0-24." };
        var endpoint = new Option<Endpoint?>("--endpoint", "-e")
        {
            Description = "Any key server that the gateway allows as a target.",
            HelpName = "host:port",
            CustomParser = OptionText.Endpoint,
        };
        var network =
            new Option<uint>("--network") { Description = "The network's number; 0 = the gateway's default." };
        var coin = new Option<Coin?>("--coin")
        {
            Description = "The coin that encrypts the request; any when left out.",
            HelpName = "DN/SN",
            CustomParser = OptionText.Coin,
        };
        var output = new Option<string?>("--out", "-o")
        {
            Description = "Write the part in hex to a new file that only its owner can read, instead of printing it.",
            HelpName = "file",
        };
        var raw = new Option<bool>("--raw") { Description = "Write the bytes themselves to --out, not hex." };
        var command = new Command(
            "get", "Collect a key part from a key server. A part is handed out once; then it is gone.")
        {
            id, hash, raida, endpoint, network, coin, output, raw,
        };
        command.Validators.Add(result =>
        {
            if ((result.GetResult(id) is null) == (result.GetResult(hash) is null))
            {
                result.AddError("Name the part in one way: --key-id or --hash.");
            }

            if ((result.GetResult(raida) is null) == (result.GetResult(endpoint) is null))
            {
                result.AddError("Name the key server in one way: --raida or --endpoint.");
            }

            if (result.GetResult(raw) is { Implicit: false } && result.GetResult(output) is null)
            {
                result.AddError("--raw needs --out.");
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
            var answer = await gateway.CallAsync(
                parsed, (client, options) => client.GetKeyAsync(request, options), cancellationToken);
            file?.Write(parsed.GetValue(raw)
                ? answer.KeyPart.Span
                : Encoding.ASCII.GetBytes(HexText.Of(answer.KeyPart.Span) + "\n"));
            var report = new Report();
            if (file is null)
            {
                report.Add("key_part", AnswerJson.Hex(answer.KeyPart));
            }
            else
            {
                report.Add("key_part_file", parsed.GetValue(output));
            }

            report
                .Add("key_id", AnswerJson.Hex(answer.KeyId))
                .Add("sender", AnswerJson.Of(answer.Sender))
                .Add("sender_address", answer.SenderAddress.Length == 0 ? null : answer.SenderAddress)
                .Add("raida_id", answer.RaidaId)
                .Add("execution_time", AnswerJson.Of(answer.ExecutionTime))
                .Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
