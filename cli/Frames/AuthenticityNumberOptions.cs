using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>The options for the source of the authenticity number in <c>rkectl frame decode</c>.</summary>
internal sealed class AuthenticityNumberOptions
{
    private const string Variable = "RKECTL_AN";

    private readonly Option<HexValue?> _number = new("--an")
    {
        Description = "The coin's authenticity number for the server, 16 bytes in hex. Other users can see "
            + $"command lines, so prefer the environment variable {Variable}, --an-file or --keys.",
        HelpName = "hex",
        CustomParser = OptionParsers.Hex16,
    };

    private readonly Option<string?> _file = new("--an-file")
    {
        Description = "A file with the authenticity number in hex.",
        HelpName = "file",
    };

    private readonly Option<string?> _keys = new("--keys")
    {
        Description = "A RAIDA key file with the coin of the frame.",
        HelpName = "file",
    };

    private AuthenticityNumberOptions(Command command)
    {
        command.Add(_number);
        command.Add(_file);
        command.Add(_keys);
        command.Validators.Add(result =>
        {
            if (new Option[] { _number, _file, _keys }.Count(option => result.GetResult(option) is not null) > 1)
            {
                result.AddError("Give only one of --an, --an-file and --keys.");
            }
        });
    }

    public static AuthenticityNumberOptions AddTo(Command command) => new(command);

    /// <summary>Null if there is no authenticity number, or if the request is not encrypted.</summary>
    /// <param name="request">The request. Its header names the coin and the server.</param>
    public CoinCipher? Read(ParseResult parsed, Terminal terminal, byte[]? request)
    {
        if (request is not { Length: > 16 } || request[16] != 1)
        {
            return null;
        }

        if (parsed.GetValue(_keys) is { } path)
        {
            return RequestHeader.TryRead(request, out var header) ? Find(path, terminal, header) : null;
        }

        if (parsed.GetValue(_number) is { } number)
        {
            return Key(number.Bytes);
        }

        var (text, name) = parsed.GetValue(_file) is { } file
            ? (Encoding.Latin1.GetString(InputFile.Read(file, terminal, 1024)), $"--an-file '{file}'")
            : (Environment.GetEnvironmentVariable(Variable), Variable);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return HexText.TryParse(text, out var bytes) && bytes.Length == AuthenticityNumber.Length
            ? Key(bytes)
            : throw new FailureException(ExitCode.Usage, $"The content of {name} must be 32 hexadecimal digits.");
    }

    private static CoinCipher Key(byte[] bytes)
    {
        var cipher = new CoinCipher(AuthenticityNumber.Read(bytes));
        CryptographicOperations.ZeroMemory(bytes);
        return cipher;
    }

    private static CoinCipher Find(string path, Terminal terminal, RequestHeader header)
    {
        var bytes = InputFile.Read(path, terminal, KeyFile.MaxLength);
        var read = KeyFile.TryRead(bytes, out var keyFile, out var error);
        CryptographicOperations.ZeroMemory(bytes);
        if (!read)
        {
            throw new FailureException(ExitCode.Invalid, error.Describe(path));
        }

        if (header.RaidaId > RaidaNetwork.MaxRaidaId)
        {
            throw new FailureException(
                ExitCode.Invalid,
                $"The frame has the RAIDA id {header.RaidaId}, but RAIDA ids are 0 to {RaidaNetwork.MaxRaidaId}.");
        }

        var coin = keyFile!.Coins.FirstOrDefault(coin => coin.Id == header.Coin)
            ?? throw new FailureException(
                ExitCode.Invalid,
                $"'{path}' does not contain the frame's coin {header.Coin}.",
                "'rkectl keys show' lists the coins of a file.");
        var cipher = new CoinCipher(coin[header.RaidaId]);
        foreach (var each in keyFile.Coins)
        {
            each.Dispose();
        }

        return cipher;
    }
}
