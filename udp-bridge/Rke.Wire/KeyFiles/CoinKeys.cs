using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>
/// A coin and the 25 authenticity numbers that it shares with the servers of its network. The numbers stand in memory
/// that the garbage collector does not copy, and are zeroed when disposed.
/// </summary>
public sealed class CoinKeys : IDisposable
{
    /// <summary>A network has servers 0-24.</summary>
    public const int ServerCount = 25;

    /// <summary>Length of all numbers in bytes.</summary>
    public const int NumbersLength = ServerCount * AuthenticityNumber.Length;

    private readonly byte[] _numbers = GC.AllocateUninitializedArray<byte>(NumbersLength, pinned: true);
    private bool _disposed;

    private CoinKeys(CoinId id) => Id = id;

    /// <summary>Whose numbers they are.</summary>
    public CoinId Id { get; }

    /// <summary>The authenticity number for server <paramref name="raida"/>, 0-24.</summary>
    public AuthenticityNumber this[int raida]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ArgumentOutOfRangeException.ThrowIfNegative(raida);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(raida, ServerCount);
            return AuthenticityNumber.Read(_numbers.AsSpan(raida * AuthenticityNumber.Length));
        }
    }

    /// <summary>Copies the first 400 bytes: the authenticity numbers for servers 0-24, in order.</summary>
    public static CoinKeys Create(CoinId id, ReadOnlySpan<byte> numbers)
    {
        var created = new CoinKeys(id);
        numbers[..NumbersLength].CopyTo(created._numbers);
        return created;
    }

    /// <summary>Zeroes the numbers.</summary>
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
