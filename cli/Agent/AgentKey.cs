using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Rke.Cli;

/// <summary>A key that the agents of both ends made with one session, and the secrets that authenticate their notices about it.</summary>
/// <param name="Id">The id of the session, 32 hexadecimal digits. Both ends have the same id.</param>
/// <param name="Key">32 bytes, for the programs.</param>
/// <param name="InitiatorSecret">32 bytes. The initiator of the session authenticates its notices with it.</param>
/// <param name="ReceiverSecret">32 bytes. The receiver of the session authenticates its notices with it.</param>
/// <param name="Servers">The key servers of the session. Both ends use them.</param>
internal sealed record AgentKey(
    string Id, byte[] Key, byte[] InitiatorSecret, byte[] ReceiverSecret, IReadOnlyList<AgentServer> Servers)
{
    public const int Length = 32;

    /// <summary>The length of a notice: one part of a session.</summary>
    public const int NoticeLength = 40;

    private const int NameLength = 8;
    private const int CodeLength = 31;

    // The last byte of the key of each session (docs/SESSIONS.md).
    private const byte Mark = 0xFF;

    /// <summary>The label of the key for the programs.</summary>
    public const string KeyLabel = "rke-agent-key";

    public const string InitiatorLabel = "rke-agent-initiator";
    public const string ReceiverLabel = "rke-agent-receiver";

    /// <summary>
    /// A notice of one end about this key: the first 8 bytes of the id of the key that the sender uses now, the first 31 bytes of an
    /// HMAC-SHA-256, and the mark of sessions.
    /// </summary>
    /// <param name="used">The id of the key that the sender uses now. Null if it uses none.</param>
    public byte[] Sign(Notice notice, AgentRole sender, string? used)
    {
        var name = used is null ? new byte[NameLength] : Convert.FromHexString(used)[..NameLength];
        return [.. name, .. Code(notice, sender, name), Mark];
    }

    /// <summary>The notice about this key that the other end sent. Null if the bytes are not a notice about this key.</summary>
    public Notice? Recognize(ReadOnlySpan<byte> bytes, AgentRole sender)
    {
        if (bytes.Length != NoticeLength)
        {
            return null;
        }

        foreach (var notice in Enum.GetValues<Notice>())
        {
            if (CryptographicOperations.FixedTimeEquals(Code(notice, sender, bytes[..NameLength]), bytes.Slice(NameLength, CodeLength)))
            {
                return notice;
            }
        }

        return null;
    }

    /// <summary>Whether a notice names this key as the one that the sender uses.</summary>
    public bool IsNamedIn(ReadOnlySpan<byte> notice) => Convert.FromHexString(Id).AsSpan(0, NameLength).SequenceEqual(notice[..NameLength]);

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["key"] = HexText.Of(Key),
        ["initiator_secret"] = HexText.Of(InitiatorSecret),
        ["receiver_secret"] = HexText.Of(ReceiverSecret),
        ["servers"] = new JsonArray([.. Servers.Select(server => JsonValue.Create(server.ToString()))]),
    };

    /// <summary>Fails with a <see cref="FormatException"/> or an <see cref="InvalidOperationException"/> if the JSON is damaged.</summary>
    public static AgentKey Read(JsonNode json) => new(
        (string?)json["id"] ?? throw new FormatException("no id"),
        Bytes(json["key"]),
        Bytes(json["initiator_secret"]),
        Bytes(json["receiver_secret"]),
        [.. (json["servers"] as JsonArray ?? []).Select(server => AgentServer.Parse((string)server!))]);

    /// <summary>Clears the key and the secrets.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(Key);
        CryptographicOperations.ZeroMemory(InitiatorSecret);
        CryptographicOperations.ZeroMemory(ReceiverSecret);
    }

    /// <inheritdoc/>
    public override string ToString() => $"AgentKey({Id}, redacted)";

    private ReadOnlySpan<byte> Code(Notice notice, AgentRole sender, ReadOnlySpan<byte> used)
    {
        byte[] text = [.. Encoding.ASCII.GetBytes($"rke agent v1 {notice} "), .. used];
        return HMACSHA256.HashData(sender == AgentRole.Initiator ? InitiatorSecret : ReceiverSecret, text).AsSpan(0, CodeLength);
    }

    private static byte[] Bytes(JsonNode? node) =>
        node is not null && HexText.TryParse((string)node!, out var bytes) && bytes.Length == Length
            ? bytes
            : throw new FormatException("no 32 bytes in hex");
}

/// <summary>A key server of a session.</summary>
internal readonly record struct AgentServer(uint Network, uint RaidaId)
{
    public override string ToString() => FormattableString.Invariant($"{Network}/{RaidaId}");

    public static AgentServer Parse(string text) => text.Split('/') is [var network, var raida]
        ? new(uint.Parse(network, System.Globalization.CultureInfo.InvariantCulture), uint.Parse(raida, System.Globalization.CultureInfo.InvariantCulture))
        : throw new FormatException("no key server");
}

/// <summary>The end that initiates the sessions with the keys, or the other one.</summary>
internal enum AgentRole
{
    Initiator,
    Receiver,
}

/// <summary>What one end reports to the other end about a key. The names are part of the protocol.</summary>
internal enum Notice
{
    /// <summary>The receiver has the key, and its destinations can use it.</summary>
    Staged,

    /// <summary>The initiator has staged the key too. The receiver must use it now.</summary>
    Commit,

    /// <summary>The receiver uses the key.</summary>
    Applied,

    /// <summary>The initiator uses the key too.</summary>
    Complete,

    /// <summary>The sender does not use the key, and never will. The other end must use the key before it.</summary>
    Refused,
}
