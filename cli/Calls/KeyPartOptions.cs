using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>The options for the source of the key part in <c>rkectl post</c>.</summary>
internal sealed class KeyPartOptions
{
    private const int MaxLength = 4096;

    private readonly Option<HexValue?> _hex = new("--part")
    {
        Description = "The key part in hex. Other users of this machine can see command lines, so prefer --part-file.",
        HelpName = "hex",
        CustomParser = OptionParsers.Hex,
    };

    private readonly Option<string?> _file = new("--part-file")
    {
        Description = "A file with the key part in hex. '-' = standard input.",
        HelpName = "file",
    };

    private readonly Option<bool> _raw =
        new("--raw") { Description = "The file of --part-file has the bytes, instead of hex." };

    private readonly Option<int?> _random = new("--random")
    {
        Description = "Make a random key part of this length: 4, 8, 16, 24, 32 or 40 bytes.",
        HelpName = "bytes",
    };

    private KeyPartOptions(Command command)
    {
        command.Add(_hex);
        command.Add(_file);
        command.Add(_raw);
        command.Add(_random);
        command.Validators.Add(result =>
        {
            var sources = new Option[] { _hex, _file, _random }.Count(
                option => result.GetResult(option) is { Implicit: false });
            if (sources != 1)
            {
                result.AddError("Give one of --part, --part-file and --random.");
            }
        });
    }

    public static KeyPartOptions AddTo(Command command) => new(command);

    public byte[] Read(ParseResult parsed, Terminal terminal)
    {
        if (parsed.GetValue(_random) is { } length)
        {
            if (!ProfileRules.IsKeyLength(length))
            {
                throw new FailureException(ExitCode.Usage, "--random must be 4, 8, 16, 24, 32 or 40.");
            }

            return RandomNumberGenerator.GetBytes(length);
        }

        if (parsed.GetValue(_file) is not { } path)
        {
            return parsed.GetValue(_hex)!.Bytes;
        }

        var content = InputFile.Read(path, terminal, MaxLength);
        if (parsed.GetValue(_raw))
        {
            return content;
        }

        var isHex = HexText.TryParse(Encoding.Latin1.GetString(content), out var part) && part.Length > 0;
        CryptographicOperations.ZeroMemory(content);
        return isHex ? part : throw new FailureException(
            ExitCode.Invalid,
            $"The content of --part-file '{path}' is not hexadecimal.",
            "Add --raw if the file has the bytes of the part.");
    }
}
