using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>
/// A key part that the gateway posted to itself, by which it sees how a server encrypts its replies. It was drawn for
/// this alone and is nobody's key.
/// <code>
/// response IV (1: 0 same, 1 continued) | HS (16) | part (16)
/// </code>
/// </summary>
/// <param name="Iv">What it showed when it was last got back.</param>
/// <param name="Hash">By which it is got.</param>
/// <param name="Part">What it must be.</param>
internal sealed record Canary(ResponseIv Iv, KeyIdHash Hash, byte[] Part)
{
    public const int PartLength = 16;

    private const int Length = 1 + KeyIdHash.Length + PartLength;

    /// <summary>Reads what <see cref="ToBytes"/> wrote; null when it is something else.</summary>
    public static Canary? Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Length && Enum.IsDefined((ResponseIv)bytes[0])
            ? new((ResponseIv)bytes[0], KeyIdHash.Read(bytes[1..]), bytes[(1 + KeyIdHash.Length)..].ToArray())
            : null;

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        bytes[0] = (byte)Iv;
        Hash.CopyTo(bytes.AsSpan(1));
        Part.CopyTo(bytes.AsSpan(1 + KeyIdHash.Length));
        return bytes;
    }

    /// <summary>Is this the plain payload that hands it out?</summary>
    public bool IsIn(WireProfile profile, ReadOnlySpan<byte> payload) =>
        GetKeyAnswer.TryRead(profile, payload, out var answer, out _)
        && CryptographicOperations.FixedTimeEquals(answer.KeyPart, Part);

    /// <inheritdoc/>
    public override string ToString() => $"Canary({Iv}, redacted)";
}
