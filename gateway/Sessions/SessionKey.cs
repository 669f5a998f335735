using System.Security.Cryptography;
using System.Text;

namespace Rke.Gateway.Sessions;

/// <summary>What a session's key is, and what both sides make of it alike (docs/SESSIONS.md).</summary>
internal static class SessionKey
{
    public const int LeastLength = 16;
    public const int UsualLength = 32;
    public const int MostParts = 16;
    public const int UsualParts = 4;

    /// <summary>Every key's length is a multiple of it.</summary>
    public const int Unit = 4;

    /// <summary>
    /// The last byte of every key that is proposed: how a receiver that has all parts knows that it has.
    /// </summary>
    public const byte Mark = 0xFF;

    public const int DerivedLength = 32;
    private const int IdLength = 16;

    private static readonly byte[] KeyInfo = Encoding.ASCII.GetBytes("rke session key v1");
    private static readonly byte[] IdInfo = Encoding.ASCII.GetBytes("rke session id v1");

    /// <summary>How long a part may be, in bytes, ascending.</summary>
    public static IReadOnlyList<int> PartLengths { get; } = [4, 8, 16, 24, 32, 40];

    public static int MostLength => MostParts * PartLengths[^1];

    /// <summary>
    /// The id under which both sides know the session: 32 hexadecimal digits of a SHA-256 over the used parts' HS.
    /// It is no secret.
    /// </summary>
    public static string IdOf(ReadOnlySpan<byte> usedHashes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. IdInfo, .. usedHashes], digest);
        return Convert.ToHexStringLower(digest[..IdLength]);
    }

    /// <summary>HKDF-SHA-256 of the key; the salt is the used parts' HS, joined.</summary>
    public static byte[] Derive(ReadOnlySpan<byte> key, ReadOnlySpan<byte> usedHashes)
    {
        var derived = new byte[DerivedLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, usedHashes, KeyInfo);
        return derived;
    }
}
