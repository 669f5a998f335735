using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary>The options for a session's key: print it, write it to a file, or neither.</summary>
internal sealed class SessionKeyOptions
{
    private const int FingerprintLength = 8;

    private readonly Option<bool> _show = new("--show-key") { Description = "Print the key, the derived key and the keys of the labels in hex." };

    private readonly Option<string?> _save = new("--save-key")
    {
        Description = "Write the key in hex to a new file with mode 0600.",
        HelpName = "file",
    };

    private readonly Option<bool> _derived = new("--derived")
    {
        Description = "Write the derived key (32 bytes) to --save-key, instead of the key.",
    };

    private readonly Option<string[]> _labels = new("--label")
    {
        Description = "Derive a key for this purpose too: 1-64 printable ASCII characters without spaces. Can be given several times, up to "
            + "16. With --save-key, give one label: the file gets its key.",
        HelpName = "label",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> _idempotency = new("--idempotency-key")
    {
        Description = "Up to 128 characters. If the response is lost, run the command again with the same key: the gateway returns the same "
            + "key of the session for about a minute. Use a random text.",
        HelpName = "text",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<bool> _raw = new("--raw") { Description = "Write the bytes to --save-key, instead of hex." };

    private SessionKeyOptions(Command command, bool mustKeep)
    {
        foreach (var option in (Option[])[_show, _save, _derived, _labels, _idempotency, _raw])
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

            var labels = result.GetResult(_labels) is null ? 0 : result.GetValue(_labels)?.Length ?? 0;
            if (isSaved && labels > 0 && (labels > 1 || result.GetResult(_derived) is { Implicit: false }))
            {
                result.AddError("With --save-key, give one --label, and not --derived. The file gets the key of the label.");
            }

            if (mustKeep && !isSaved && result.GetResult(_show) is null or { Implicit: true })
            {
                result.AddError("Give --save-key or --show-key. The gateway hands out a key once.");
            }
        });
    }

    /// <param name="command">The command that gets the options.</param>
    /// <param name="mustKeep">Whether the command line must have --save-key or --show-key.</param>
    public static SessionKeyOptions AddTo(Command command, bool mustKeep) => new(command, mustKeep);

    public string IdempotencyKey(ParseResult parsed) => parsed.GetRequiredValue(_idempotency);

    public string[] Labels(ParseResult parsed) => parsed.GetValue(_labels) ?? [];

    /// <summary>
    /// Creates the file of --save-key. Call this before the gateway hands out the key. Null without --save-key.
    /// </summary>
    public SecretFile? CreateFile(ParseResult parsed) =>
        parsed.GetValue(_save) is { } path ? SecretFile.Create(path) : null;

    /// <summary>
    /// Writes the key to the file, and adds its length, its fingerprint and with --show-key the key to the report.
    /// </summary>
    public void Add(
        Report report,
        ParseResult parsed,
        SecretFile? file,
        ByteString key,
        ByteString derivedKey,
        IReadOnlyList<SessionLabelKey> labelKeys)
    {
        report
            .Add("key_size", key.Length)
            .Add("key_fingerprint", Fingerprint(key))
            .Add("derived_key_fingerprint", Fingerprint(derivedKey));
        if (parsed.GetValue(_show))
        {
            report.Add("key", ResponseJson.Hex(key)).Add("derived_key", ResponseJson.Hex(derivedKey));
        }

        if (labelKeys.Count > 0)
        {
            report.Add("label_keys", new JsonArray([.. labelKeys.Select(labelKey => ToJson(labelKey, parsed.GetValue(_show)))]));
        }

        if (file is not null)
        {
            var chosen = (labelKeys.Count > 0 ? labelKeys[0].Key : parsed.GetValue(_derived) ? derivedKey : key).Span;
            file.Write(parsed.GetValue(_raw) ? chosen : Encoding.ASCII.GetBytes(HexText.Of(chosen) + "\n"));
            report.Add("key_file", parsed.GetValue(_save));
        }
    }

    private static JsonObject ToJson(SessionLabelKey labelKey, bool isShown)
    {
        var json = new JsonObject { ["label"] = labelKey.Label, ["fingerprint"] = Fingerprint(labelKey.Key) };
        if (isShown)
        {
            json["key"] = ResponseJson.Hex(labelKey.Key);
        }

        return json;
    }

    // The fingerprint shows whether two keys are equal, and does not disclose the key.
    private static string Fingerprint(ByteString key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key.Span, digest);
        return HexText.Of(digest[..FingerprintLength]);
    }
}
