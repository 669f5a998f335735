using System.CommandLine;
using System.Formats.Asn1;
using System.Security.Cryptography;
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
    public const string OpenSsl = "openssl";

    // SSL_SESSION of OpenSSL: version 1, TLS 1.3, TLS_AES_128_GCM_SHA256.
    private const int SessionVersion = 1;
    private const int Tls13 = 0x0304;

    private static ReadOnlySpan<byte> Cipher => [0x13, 0x01];

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
    public static byte[] Encode(string format, ReadOnlySpan<byte> key, string identity) => format switch
    {
        Raw => key.ToArray(),
        OpenSsl => ToSession(key),
        _ => Encoding.ASCII.GetBytes(ToText(format, key, identity) + "\n"),
    };

    public static string ToText(string format, ReadOnlySpan<byte> key, string identity) => format switch
    {
        Base64 => Convert.ToBase64String(key),
        Psk => $"{identity}:{HexText.Of(key)}",
        _ => HexText.Of(key),
    };

    // The file of 'openssl s_server -psk_session', so that the key is not an argument of the command.
    private static byte[] ToSession(ReadOnlySpan<byte> key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, key.Length + 64);
        using (writer.PushSequence())
        {
            writer.WriteInteger(SessionVersion);
            writer.WriteInteger(Tls13);
            writer.WriteOctetString(Cipher);
            writer.WriteOctetString([]);
            writer.WriteOctetString(key);
        }

        var content = writer.Encode();
        var letters = PemEncoding.Write("SSL SESSION PARAMETERS", content);
        byte[] text = [.. Encoding.ASCII.GetBytes(letters), (byte)'\n'];
        CryptographicOperations.ZeroMemory(content);
        Array.Clear(letters);
        writer.Reset();
        return text;
    }
}
