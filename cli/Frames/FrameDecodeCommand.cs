using System.CommandLine;
using System.Text;
using Rke.Wire;

namespace Rke.Cli;

/// <summary><c>rkectl frame decode</c> decodes a frame and explains each field.</summary>
internal static class FrameDecodeCommand
{
    private const int MaxInputLength = 256 * 1024;

    private static readonly WireCommand[] Commands = Enum.GetValues<WireCommand>();

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var hex = new Argument<string?>("hex")
        {
            Description = "The frame in hex. '-' or nothing = standard input.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var file =
            new Option<string?>("--file", "-f") { Description = "A file with the frame, in hex or as bytes.", HelpName = "file" };
        var profile =
            new Option<string?>("--profile", "-p") { Description = "rke or raidax. Default: detected from the frame." };
        profile.AcceptOnlyFromAmong("rke", "raidax");
        var isRequest =
            new Option<bool>("--request") { Description = "The frame is a request. Default: detected from the frame." };
        var isResponse =
            new Option<bool>("--response") { Description = "The frame is a response. Default: detected from the frame." };
        var request = new Option<HexValue?>("--request-frame")
        {
            Description = "The request of the response, in hex. It contains the nonce, the body length and the challenge.",
            HelpName = "hex",
            CustomParser = OptionParsers.Hex,
        };
        var command =
            new Option<string?>("--command") { Description = "The command of a response. Default: detected from the frame." };
        command.AcceptOnlyFromAmong([.. Commands.Select(WireText.Of)]);
        var iv = new Option<string>("--response-iv")
        {
            Description =
                "The start of the keystream of a raidax response: same as the request, or continued after it.",
            DefaultValueFactory = _ => "same",
        };
        iv.AcceptOnlyFromAmong("same", "continued");
        var show =
            new Option<bool>("--show-secrets") { Description = "Show the bytes of key parts and plain challenges." };
        var decode = new Command("decode", "Decode a frame and explain each field. The exit code is 3 if the frame is invalid.")
        {
            hex, file, profile, isRequest, isResponse, request, command, iv, show,
        };
        decode.Validators.Add(result =>
        {
            if (result.GetValue(isRequest) && result.GetValue(isResponse))
            {
                result.AddError("Give either --request or --response.");
            }

            if (result.GetValue(hex) is not null && result.GetValue(file) is not null)
            {
                result.AddError("Give the frame either as an argument or with --file.");
            }
        });
        var authenticity = AuthenticityNumberOptions.AddTo(decode);
        decode.SetAction(parsed =>
        {
            var frame = Read(parsed.GetValue(hex), parsed.GetValue(file), terminal);
            var requestBytes = parsed.GetValue(request)?.Bytes;
            var (detectedProfile, isResponseFrame) = FrameDetector.Detect(
                frame,
                parsed.GetValue(profile) switch { "rke" => WireProfile.Rke, "raidax" => WireProfile.Raidax, _ => null },
                parsed.GetValue(isRequest) ? false : parsed.GetValue(isResponse) || requestBytes is not null ? true : null);
            using var cipher = authenticity.Read(parsed, terminal, isResponseFrame ? requestBytes : frame);
            var decoded = isResponseFrame
                ? ResponseDecoder.Decode(
                    detectedProfile,
                    frame,
                    Find(parsed.GetValue(command)),
                    requestBytes,
                    cipher,
                    parsed.GetValue(iv) == "same" ? ResponseIv.Same : ResponseIv.Continued,
                    parsed.GetValue(show))
                : RequestDecoder.Decode(detectedProfile, frame, cipher, parsed.GetValue(show));
            decoded.Write(terminal, parsed.GetValue(json));
            return (int)(decoded.IsValid ? ExitCode.Ok : ExitCode.Invalid);
        });
        return decode;
    }

    private static WireCommand? Find(string? name) =>
        Commands.Where(known => WireText.Of(known) == name).Select(known => (WireCommand?)known).FirstOrDefault();

    private static byte[] Read(string? hex, string? file, Terminal terminal)
    {
        if (hex is not null and not "-")
        {
            return HexText.TryParse(hex, out var frame) ? frame : throw NotHex("The argument");
        }

        var content = InputFile.Read(file ?? "-", terminal, MaxInputLength);
        if (HexText.TryParse(Encoding.Latin1.GetString(content), out var bytes))
        {
            return bytes;
        }

        // The first byte of a frame is a routing version or a RAIDA id. Text starts with a letter or a digit.
        return file is not null && content is [< 0x20, ..] ? content : throw NotHex("The input");
    }

    private static FailureException NotHex(string what) =>
        new(
            ExitCode.Usage,
            $"{what} is not hexadecimal.",
            "Give two digits for each byte. White space and colons are ignored.");
}
