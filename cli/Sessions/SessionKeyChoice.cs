using System.CommandLine;
using System.Text;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary>The options that choose one of the keys of a session, and its format: --derived, --label and --format.</summary>
internal sealed class SessionKeyChoice
{
    public Option<bool> Derived { get; } = new("--derived")
    {
        Description = "Write the derived key (32 bytes), instead of the key.",
    };

    public Option<string[]> Labels { get; } = new("--label")
    {
        Description = "Derive a key for this purpose too: 1-64 printable ASCII characters without spaces. Can be given several times, up to "
            + "16. A file or a command gets one key, that of the only label.",
        HelpName = "label",
        AllowMultipleArgumentsPerToken = true,
    };

    public Option<string> Format { get; } = KeyFormat.Option(
        "The format of the key: hex, base64, raw (the bytes), or psk (a line ID:HEX with the session's id, for programs with a file of "
            + "pre-shared keys).",
        KeyFormat.Hex, KeyFormat.Base64, KeyFormat.Raw, KeyFormat.Psk);

    public void AddTo(Command command)
    {
        command.Add(Derived);
        command.Add(Labels);
        command.Add(Format);
    }

    public string[] LabelsOf(ParseResult parsed) => parsed.GetValue(Labels) ?? [];

    /// <summary>The chosen key in the chosen format. The caller clears it.</summary>
    public byte[] Encode(
        ParseResult parsed, ByteString sessionId, ByteString key, ByteString derivedKey, IReadOnlyList<SessionLabelKey> labelKeys)
    {
        var chosen = labelKeys.Count > 0 ? labelKeys[0].Key : parsed.GetValue(Derived) ? derivedKey : key;
        return KeyFormat.Encode(parsed.GetRequiredValue(Format), chosen.Span, HexText.Of(sessionId.Span));
    }
}

/// <summary>The formats of keys in files and on pipes.</summary>
internal static class KeyFormat
{
    public const string Hex = "hex";
    public const string Base64 = "base64";
    public const string Raw = "raw";
    public const string Psk = "psk";

    public static Option<string> Option(string description, params string[] formats)
    {
        var option = new Option<string>("--format")
        {
            Description = description,
            HelpName = "format",
            DefaultValueFactory = _ => Hex,
        };
        option.AcceptOnlyFromAmong(formats);
        return option;
    }

    /// <summary>The bytes of a file with a key. The caller clears them.</summary>
    /// <param name="identity">The name of the key in the format psk.</param>
    public static byte[] Encode(string format, ReadOnlySpan<byte> key, string identity) => format == Raw
        ? key.ToArray()
        : Encoding.ASCII.GetBytes(ToText(format, key, identity) + "\n");

    public static string ToText(string format, ReadOnlySpan<byte> key, string identity) => format switch
    {
        Base64 => Convert.ToBase64String(key),
        Psk => $"{identity}:{HexText.Of(key)}",
        _ => HexText.Of(key),
    };
}
