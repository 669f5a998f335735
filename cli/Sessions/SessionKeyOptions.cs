using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary>The options for a session's key: print it, write it to a file, or neither.</summary>
internal sealed class SessionKeyOptions
{
    private const int FingerprintLength = 8;

    private readonly Option<bool> _show = new("--show-key") { Description = "Print the key, the derived key and the keys of the labels." };

    private readonly Option<string?> _save = new("--save-key")
    {
        Description = "Write the key to a new file with mode 0600.",
        HelpName = "file",
    };

    private readonly SessionKeyChoice _choice = new();

    private readonly Option<string> _idempotency = new("--idempotency-key")
    {
        Description = "Up to 128 characters. If the response is lost, run the command again with the same key: the gateway returns the same "
            + "key of the session for about a minute. Use a random text.",
        HelpName = "text",
        DefaultValueFactory = _ => "",
    };

    private SessionKeyOptions(Command command, bool mustKeep)
    {
        command.Add(_show);
        command.Add(_save);
        _choice.AddTo(command);
        command.Add(_idempotency);
        command.Validators.Add(result =>
        {
            var isSaved = result.GetResult(_save) is not null;
            var isDerived = result.GetResult(_choice.Derived) is { Implicit: false };
            if (!isSaved && isDerived)
            {
                result.AddError("--derived needs --save-key.");
            }

            if (result.GetResult(_choice.Format) is { Implicit: false } format && !format.Errors.Any())
            {
                var isShown = result.GetResult(_show) is { Implicit: false };
                if (result.GetValue(_choice.Format) == KeyFormat.Raw && isShown)
                {
                    result.AddError("--format raw needs --save-key, without --show-key: a terminal cannot show the bytes.");
                }
                else if (!isSaved && !isShown)
                {
                    result.AddError("--format needs --save-key or --show-key.");
                }
            }

            var labels = result.GetResult(_choice.Labels) is null ? 0 : result.GetValue(_choice.Labels)?.Length ?? 0;
            if (isSaved && labels > 0 && (labels > 1 || isDerived))
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

    public string[] Labels(ParseResult parsed) => _choice.LabelsOf(parsed);

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
        ByteString sessionId,
        ByteString key,
        ByteString derivedKey,
        IReadOnlyList<SessionLabelKey> labelKeys)
    {
        report
            .Add("key_size", key.Length)
            .Add("key_fingerprint", Fingerprint(key))
            .Add("derived_key_fingerprint", Fingerprint(derivedKey));
        var text = parsed.GetValue(_show)
            ? bytes => JsonValue.Create(
                KeyFormat.ToText(parsed.GetRequiredValue(_choice.Format), bytes.Span, HexText.Of(sessionId.Span)))!
            : default(Func<ByteString, JsonNode>);
        if (text is not null)
        {
            report.Add("key", text(key)).Add("derived_key", text(derivedKey));
        }

        if (labelKeys.Count > 0)
        {
            report.Add("label_keys", new JsonArray([.. labelKeys.Select(labelKey => ToJson(labelKey, text))]));
        }

        if (file is not null)
        {
            var bytes = _choice.Encode(parsed, sessionId, key, derivedKey, labelKeys);
            file.Write(bytes);
            CryptographicOperations.ZeroMemory(bytes);
            report.Add("key_file", parsed.GetValue(_save));
        }
    }

    /// <summary>The fingerprint shows whether two keys are equal, and does not disclose the key.</summary>
    public static string Fingerprint(ByteString key)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key.Span, digest);
        return HexText.Of(digest[..FingerprintLength]);
    }

    private static JsonObject ToJson(SessionLabelKey labelKey, Func<ByteString, JsonNode>? text)
    {
        var json = new JsonObject { ["label"] = labelKey.Label, ["fingerprint"] = Fingerprint(labelKey.Key) };
        if (text is not null)
        {
            json["key"] = text(labelKey.Key);
        }

        return json;
    }
}
