using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace Rke.Cli;

/// <summary>What becomes of a session's key: printed, written to a file, or neither.</summary>
internal sealed class SessionKeyOptions
{
    private const int FingerprintLength = 8;

    private readonly Option<bool> _show = new("--show-key") { Description = "Print the key and the derived key in hex." };

    private readonly Option<string?> _save = new("--save-key")
    {
        Description = "Write the key in hex to a new file that only its owner can read.",
        HelpName = "file",
    };

    private readonly Option<bool> _derived = new("--derived")
    {
        Description = "Write the derived key, always 32 bytes, to --save-key instead.",
    };

    private readonly Option<bool> _raw = new("--raw") { Description = "Write the bytes themselves to --save-key, not hex." };

    private SessionKeyOptions(Command command, bool mustKeep)
    {
        foreach (var option in (Option[])[_show, _save, _derived, _raw])
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            var isSaved = result.GetResult(_save) is not null;
            foreach (var option in (Option[])[_derived, _raw])
            {
                if (!isSaved && result.GetResult(option) is { Implicit: false })
                {
                    result.AddError($"{option.Name} needs --save-key.");
                }
            }

            if (mustKeep && !isSaved && result.GetResult(_show) is null or { Implicit: true })
            {
                result.AddError("A key is handed out once: say --save-key or --show-key.");
            }
        });
    }

    /// <param name="command">Gets the options.</param>
    /// <param name="mustKeep">Whether a key that is neither printed nor saved would be lost.</param>
    public static SessionKeyOptions AddTo(Command command, bool mustKeep) => new(command, mustKeep);

    /// <summary>Made before the key is asked for; null where none is wanted.</summary>
    public SecretFile? CreateFile(ParseResult parsed) =>
        parsed.GetValue(_save) is { } path ? SecretFile.Create(path) : null;

    /// <summary>Writes the key where it is wanted, and says of it what may be said.</summary>
    public void Add(Report report, ParseResult parsed, SecretFile? file, ByteString key, ByteString derivedKey)
    {
        report
            .Add("key_size", key.Length)
            .Add("key_fingerprint", Fingerprint(key))
            .Add("derived_key_fingerprint", Fingerprint(derivedKey));
        if (parsed.GetValue(_show))
        {
            report.Add("key", AnswerJson.Hex(key)).Add("derived_key", AnswerJson.Hex(derivedKey));
        }

        if (file is not null)
        {
            var chosen = (parsed.GetValue(_derived) ? derivedKey : key).Span;
            file.Write(parsed.GetValue(_raw) ? chosen : Encoding.ASCII.GetBytes(HexText.Of(chosen) + "\n"));
            report.Add("key_file", parsed.GetValue(_save));
        }
    }

    // Tells two keys apart, and nothing of either.
    private static string Fingerprint(ByteString key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key.Span, digest);
        return HexText.Of(digest[..FingerprintLength]);
    }
}
