using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Sessions;

/// <summary>The limits of a session key, and the values that both sides derive from it (docs/SESSIONS.md).</summary>
internal static class SessionKey
{
    public const int MinLength = 16;
    public const int DefaultLength = 32;
    public const int MaxParts = 16;
    public const int DefaultParts = 4;

    /// <summary>The length of a key is a multiple of this number of bytes.</summary>
    public const int LengthUnit = 4;

    /// <summary>The last byte of each key that an initiator sends. A receiver checks it when it has all parts.</summary>
    public const byte LastByte = 0xFF;

    public const int DerivedLength = 32;
    private const int IdLength = 16;

    private static readonly byte[] KeyInfo = Encoding.ASCII.GetBytes("rke session key v1");
    private static readonly byte[] ResumedInfo = Encoding.ASCII.GetBytes("rke resumed key v1");
    private static readonly byte[] IdInfo = Encoding.ASCII.GetBytes("rke session id v1");

    /// <summary>The allowed lengths of a part in bytes, ascending.</summary>
    public static IReadOnlyList<int> PartLengths { get; } = [4, 8, 16, 24, 32, 40];

    public static int MaxLength => MaxParts * PartLengths[^1];

    /// <summary>
    /// The id of the session on both sides: 32 hexadecimal digits of a SHA-256 over the HS of the used parts. The id is not
    /// secret.
    /// </summary>
    public static string IdOf(ReadOnlySpan<byte> usedHashes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. IdInfo, .. usedHashes], digest);
        return Convert.ToHexStringLower(digest[..IdLength]);
    }

    /// <summary>HKDF-SHA-256 of the key. The salt is the concatenated HS of the used parts. The result is pinned.</summary>
    public static byte[] Derive(ReadOnlySpan<byte> key, ReadOnlySpan<byte> usedHashes)
    {
        var derived = GC.AllocateUninitializedArray<byte>(DerivedLength, pinned: true);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, usedHashes, KeyInfo);
        return derived;
    }

    /// <summary>
    /// The id and the key of a resumed session: HKDF-SHA-256 of the kept key. The salt is the challenge of the request (docs/WIRE.md §10).
    /// The key is pinned, and the caller clears it.
    /// </summary>
    public static (string Id, byte[] Key) Resume(ReadOnlySpan<byte> kept, CacheableKeyId cacheableId, Challenge challenge)
    {
        Span<byte> request = stackalloc byte[CacheableKeyId.Length + Challenge.Length];
        cacheableId.CopyTo(request);
        challenge.CopyTo(request[CacheableKeyId.Length..]);
        var key = GC.AllocateUninitializedArray<byte>(DerivedLength, pinned: true);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, kept, key, request[CacheableKeyId.Length..], ResumedInfo);
        return (IdOf(request), key);
    }

    /// <summary>A key for each label: like <see cref="Derive(ReadOnlySpan{byte},ReadOnlySpan{byte})"/>, with another info.</summary>
    /// <param name="labels">ASCII.</param>
    public static IReadOnlyList<SessionLabelKey> Derive(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> usedHashes, IReadOnlyList<string> labels)
    {
        var derived = new List<SessionLabelKey>(labels.Count);
        if (labels.Count == 0)
        {
            return derived;
        }

        Span<byte> extracted = stackalloc byte[SHA256.HashSizeInBytes];
        try
        {
            HKDF.Extract(HashAlgorithmName.SHA256, key, usedHashes, extracted);
            foreach (var label in labels)
            {
                var output = GC.AllocateUninitializedArray<byte>(DerivedLength, pinned: true);
                HKDF.Expand(HashAlgorithmName.SHA256, extracted, output, [.. KeyInfo, (byte)' ', .. Encoding.ASCII.GetBytes(label)]);
                derived.Add(new() { Label = label, Key = UnsafeByteOperations.UnsafeWrap(output) });
            }

            return derived;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(extracted);
        }
    }
}
