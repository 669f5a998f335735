using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>
/// A coin and its 25 authenticity numbers, one for each server of its network (docs/WIRE.md §12). The numbers are in
/// pinned memory, so that the garbage collector does not copy them. Disposing the object clears them.
/// </summary>
public sealed class CoinKeys : IDisposable
{
    /// <summary>Length of all authenticity numbers in bytes.</summary>
    public const int NumbersLength = RaidaNetwork.ServerCount * AuthenticityNumber.Length;

    private readonly byte[] _numbers = GC.AllocateUninitializedArray<byte>(NumbersLength, pinned: true);
    private bool _disposed;

    private CoinKeys(CoinId id) => Id = id;

    /// <summary>The coin.</summary>
    public CoinId Id { get; }

    /// <summary>The authenticity number for the server with RAIDA id <paramref name="raida"/>, 0-24.</summary>
    public AuthenticityNumber this[int raida]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ArgumentOutOfRangeException.ThrowIfNegative(raida);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(raida, RaidaNetwork.ServerCount);
            return AuthenticityNumber.Read(_numbers.AsSpan(raida * AuthenticityNumber.Length));
        }
    }

    /// <summary>Copies the first 400 bytes: the authenticity numbers for the servers 0-24, in order.</summary>
    public static CoinKeys Create(CoinId id, ReadOnlySpan<byte> numbers)
    {
        var created = new CoinKeys(id);
        numbers[..NumbersLength].CopyTo(created._numbers);
        return created;
    }

    /// <summary>Clears the authenticity numbers.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_numbers);
    }

    /// <inheritdoc/>
    public override string ToString() => $"CoinKeys({Id}, redacted)";

    internal void CopyTo(Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _numbers.CopyTo(destination);
    }
}
