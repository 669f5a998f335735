using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace Rke.Gateway.Kme;

/// <summary>
/// The keys that both KMEs derive from one session (docs/KME.md). The stock holds a seed of 32 bytes for each key. A key of any size is
/// derived from its seed. The id of a key contains a MAC under its seed: if a part was changed in transit, the two KMEs have different seeds,
/// and so different ids, and never different keys for one id. The id names the size, so that the KME of the slave derives the same key.
/// <code>
/// UUID: MAC of session, index and pair (14 bytes, with version 8) | size of the key in bytes (2)
/// </code>
/// </summary>
internal static class KmeKeys
{
    /// <summary>The number of keys of a session.</summary>
    public const int PerSession = 16;

    public const int MinSize = 64;
    public const int MaxSize = 1024;

    /// <summary>
    /// The size of a session key in bytes. Four key servers hold a quarter each, so three quarters of the key are unknown to each server.
    /// </summary>
    public const int SessionKeySize = 64;

    private const int MacLength = 14;
    private const int UuidLength = 16;

    private static readonly byte[] IdInfo = Encoding.ASCII.GetBytes("rke kme key id v1");

    /// <summary>The labels from which the seeds of a session are derived.</summary>
    public static IReadOnlyList<string> Labels { get; } =
        [.. Enumerable.Range(0, PerSession).Select(index => $"kme/{index.ToString(CultureInfo.InvariantCulture)}")];

    /// <summary>The name of a key in a stock: 28 hexadecimal digits.</summary>
    public static string NameOf(ReadOnlySpan<byte> seed, ByteString sessionId, int index, KmePair pair)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(seed, [.. IdInfo, .. sessionId.Span, (byte)index, .. pair.Id], mac);

        // Version 8 and the variant of RFC 9562.
        mac[6] = (byte)((mac[6] & 0x0F) | 0x80);
        mac[8] = (byte)((mac[8] & 0x3F) | 0x80);
        return Convert.ToHexStringLower(mac[..MacLength]);
    }

    /// <summary>The id of a key of a size.</summary>
    public static string IdOf(string name, int size)
    {
        Span<byte> id = stackalloc byte[UuidLength];
        Convert.FromHexString(name, id, out _, out _);
        BinaryPrimitives.WriteUInt16BigEndian(id[MacLength..], (ushort)(size / 8));
        return new Guid(id, bigEndian: true).ToString();
    }

    /// <summary>The name and the size of a key. Returns false if the text is no UUID. The name can be unknown.</summary>
    public static bool TryReadId(string text, out string name, out int size)
    {
        (name, size) = ("", 0);
        if (!Guid.TryParseExact(text, "D", out var id))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[UuidLength];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        name = Convert.ToHexStringLower(bytes[..MacLength]);
        size = 8 * BinaryPrimitives.ReadUInt16BigEndian(bytes[MacLength..]);
        return true;
    }

    public static bool IsSize(int size) => size is >= MinSize and <= MaxSize && size % 8 == 0;

    /// <summary>The key of a seed. The caller clears it.</summary>
    public static byte[] Derive(ReadOnlySpan<byte> seed, int size)
    {
        var key = GC.AllocateUninitializedArray<byte>(size / 8, pinned: true);
        HKDF.Expand(
            HashAlgorithmName.SHA256,
            seed,
            key,
            Encoding.ASCII.GetBytes($"rke kme key v1 {size.ToString(CultureInfo.InvariantCulture)}"));
        return key;
    }
}
