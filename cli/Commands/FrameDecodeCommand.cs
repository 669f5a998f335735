using System.CommandLine;
using System.Text;
using Rke.Wire;

namespace Rke.Cli;

/// <summary><c>rkectl frame decode</c>: explains any frame field by field.</summary>
internal static class FrameDecodeCommand
{
    private const int MaxInputLength = 256 * 1024;

    private static readonly WireCommand[] Commands = Enum.GetValues<WireCommand>();

    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var hex = new Argument<string?>("hex")
        {
            Description = "The frame in hex; '-' or nothing = standard input.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var file =
            new Option<string?>("--file", "-f") { Description = "A file that holds the frame, in hex or as it is.", HelpName = "file" };
        var profile =
            new Option<string?>("--profile", "-p") { Description = "rke or raidax; told from the frame when left out." };
        profile.AcceptOnlyFromAmong("rke", "raidax");
        var isRequest =
            new Option<bool>("--request") { Description = "It is a request; told from the frame when left out." };
        var isResponse =
            new Option<bool>("--response") { Description = "It is a response; told from the frame when left out." };
        var request = new Option<HexValue?>("--request-frame")
        {
            Description = "The request in hex that a response answers: its nonce, body length and challenge.",
            HelpName = "hex",
            CustomParser = OptionText.Hex,
        };
        var command =
            new Option<string?>("--command") { Description = "Which command a response answers; guessed when left out." };
        command.AcceptOnlyFromAmong([.. Commands.Select(WireWords.Of)]);
        var iv = new Option<string>("--response-iv")
        {
            Description =
                "Where a response's keystream starts: same as the request's, or continued (some raidax servers).",
            DefaultValueFactory = _ => "same",
        };
        iv.AcceptOnlyFromAmong("same", "continued");
        var show =
            new Option<bool>("--show-secrets") { Description = "Show the bytes of key parts and plain challenges too." };
        var decode = new Command("decode", "Explain a frame field by field; the exit code tells whether it is right.")
        {
            hex, file, profile, isRequest, isResponse, request, command, iv, show,
        };
        decode.Validators.Add(result =>
        {
            if (result.GetValue(isRequest) && result.GetValue(isResponse))
            {
                result.AddError("A frame is either a --request or a --response.");
            }

            if (result.GetValue(hex) is not null && result.GetValue(file) is not null)
            {
                result.AddError("Give the frame in one way: as an argument or with --file.");
            }
        });
        var authenticity = AuthenticityOptions.AddTo(decode);
        decode.SetAction(parsed =>
        {
            var frame = Read(parsed.GetValue(hex), parsed.GetValue(file), terminal);
            var asked = parsed.GetValue(request)?.Bytes;
            var (dialect, response) = FrameKind.Tell(
                frame,
                parsed.GetValue(profile) switch { "rke" => WireProfile.Rke, "raidax" => WireProfile.Raidax, _ => null },
                parsed.GetValue(isRequest) ? false : parsed.GetValue(isResponse) || asked is not null ? true : null);
            using var cipher = authenticity.Read(parsed, terminal, response ? asked : frame);
            var report = response
                ? ResponseExplanation.Explain(
                    dialect,
                    frame,
                    Find(parsed.GetValue(command)),
                    asked,
                    cipher,
                    parsed.GetValue(iv) == "same" ? ResponseIv.Same : ResponseIv.Continued,
                    parsed.GetValue(show))
                : RequestExplanation.Explain(dialect, frame, cipher, parsed.GetValue(show));
            report.Write(terminal, parsed.GetValue(json));
            return (int)(report.IsRight ? ExitCode.Ok : ExitCode.Invalid);
        });
        return decode;
    }

    private static WireCommand? Find(string? name) =>
        Commands.Where(known => WireWords.Of(known) == name).Select(known => (WireCommand?)known).FirstOrDefault();

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

        // As it is: a datagram begins with a routing version or a RAIDA id, text with a letter or digit.
        return file is not null && content is [< 0x20, ..] ? content : throw NotHex("The input");
    }

    private static FailureException NotHex(string what) =>
        new(
            ExitCode.Usage,
            $"{what} is not hexadecimal.",
            "Give two digits a byte; spaces, line ends and colons do not count.");
}
