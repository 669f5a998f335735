using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary>
/// An encryption key that this side shares with a peer: 32 bytes, in a JSON file (docs/CLI.md). The check shows a damaged file.
/// </summary>
/// <param name="Peer">The name of the peer.</param>
/// <param name="Id">Identifies the key on both sides, such as the id of the session. It can be empty.</param>
/// <param name="Key">32 bytes.</param>
/// <param name="Created">When the key was added.</param>
/// <param name="Expires">When the key must not be used any more. Null = never.</param>
internal sealed record StoredKey(string Peer, string Id, byte[] Key, DateTimeOffset Created, DateTimeOffset? Expires)
{
    public const int KeyLength = 32;
    public const int MaxFileLength = 4 << 10;

    private const int Version = 1;
    private const int CheckLength = 8;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>The first 8 bytes of the key's SHA-256.</summary>
    public string Fingerprint => HexText.Of(SHA256.HashData(Key).AsSpan(0, CheckLength));

    /// <summary>Null if the content is damaged.</summary>
    public static StoredKey? TryRead(ReadOnlySpan<byte> content)
    {
        try
        {
            var json = JsonNode.Parse(content);
            var key = new StoredKey(
                (string)json!["peer"]!,
                (string)json["id"]!,
                HexText.TryParse((string)json["key"]!, out var bytes) ? bytes : [],
                TimeOf(json["created"])!.Value,
                TimeOf(json["expires"]));
            return (int)json["version"]! == Version && key.Key.Length == KeyLength && key.Check() == (string)json["check"]! ? key : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NullReferenceException
            or FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The content of the file. The caller clears it.</summary>
    public byte[] Write()
    {
        var json = new JsonObject
        {
            ["version"] = Version,
            ["peer"] = Peer,
            ["id"] = Id,
            ["key"] = HexText.Of(Key),
            ["created"] = Text(Created),
        };
        if (Expires is { } expires)
        {
            json["expires"] = Text(expires);
        }

        json["check"] = Check();
        return Encoding.UTF8.GetBytes(JsonText.Write(json) + "\n");
    }

    public bool IsExpired(DateTimeOffset now) => Expires <= now;

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string ToString() => $"StoredKey({Peer}, redacted)";

    private static DateTimeOffset? TimeOf(JsonNode? node) => node is null ? null
        : DateTimeOffset.ParseExact((string)node!, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private string Check()
    {
        var text = Encoding.UTF8.GetBytes(
            $"{Version}\n{Peer}\n{Id}\n{HexText.Of(Key)}\n{Text(Created)}\n{(Expires is { } expires ? Text(expires) : "")}");
        var check = HexText.Of(SHA256.HashData(text).AsSpan(0, CheckLength));
        CryptographicOperations.ZeroMemory(text);
        return check;
    }
}
