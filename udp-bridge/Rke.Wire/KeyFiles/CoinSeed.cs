using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>
/// The 11 secret bytes that give a coin's 25 authenticity numbers in a key file of format A (docs/WIRE.md §12). The AN
/// of server r is the first 16 bytes of the SHA-384 of the upper-case hexadecimal text of these bytes:
/// <code>
/// 0  r
/// 1  DN
/// 2  SN (4)
/// 6  seed (11)
/// </code>
/// </summary>
public sealed class CoinSeed : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 11;

    private const int TextBytes = 1 + 1 + 4 + Length;

    private readonly byte[] _seed = GC.AllocateUninitializedArray<byte>(Length, pinned: true);
    private bool _disposed;

    private CoinSeed(CoinId id) => Id = id;

    /// <summary>The coin.</summary>
    public CoinId Id { get; }

    /// <summary>Copies the first 11 bytes.</summary>
    public static CoinSeed Create(CoinId id, ReadOnlySpan<byte> seed)
    {
        var created = new CoinSeed(id);
        seed[..Length].CopyTo(created._seed);
        return created;
    }

    /// <summary>Derives the 25 authenticity numbers.</summary>
    public CoinKeys Derive()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> bytes = stackalloc byte[TextBytes];
        Span<byte> text = stackalloc byte[TextBytes * 2];
        Span<byte> digest = stackalloc byte[SHA384.HashSizeInBytes];
        Span<byte> numbers = stackalloc byte[CoinKeys.NumbersLength];
        bytes[1] = (byte)Id.Denomination;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], Id.SerialNumber);
        _seed.CopyTo(bytes[6..]);
        for (var raida = 0; raida < RaidaNetwork.ServerCount; raida++)
        {
            bytes[0] = (byte)raida;
            Convert.TryToHexString(bytes, text, out _);
            SHA384.HashData(text, digest);
            digest[..AuthenticityNumber.Length].CopyTo(numbers[(raida * AuthenticityNumber.Length)..]);
        }

        var keys = CoinKeys.Create(Id, numbers);
        CryptographicOperations.ZeroMemory(bytes);
        CryptographicOperations.ZeroMemory(text);
        CryptographicOperations.ZeroMemory(digest);
        CryptographicOperations.ZeroMemory(numbers);
        return keys;
    }

    /// <summary>Clears the seed.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_seed);
    }

    /// <inheritdoc/>
    public override string ToString() => $"CoinSeed({Id}, redacted)";

    internal void CopyTo(Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _seed.CopyTo(destination);
    }
}
