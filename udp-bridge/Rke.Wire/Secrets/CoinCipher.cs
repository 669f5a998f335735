using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>
/// AES-128 in counter mode, with an authenticity number as key (docs/WIRE.md §3). The counter block counts up as one
/// big-endian number.
/// <code>
/// 0  nonce (8)
/// 8  counter (8), initially 0
/// </code>
/// The key is expanded once. Encryption does not allocate. The class is thread-safe, except for <see cref="SetNumber"/>.
/// </summary>
public sealed class CoinCipher : IDisposable
{
    private readonly CounterMode _mode;
    private readonly byte[] _number = GC.AllocateUninitializedArray<byte>(AuthenticityNumber.Length, pinned: true);
    private volatile bool _disposed;

    /// <summary>Makes a cipher with a key.</summary>
    public CoinCipher(AuthenticityNumber number)
        : this(number, CounterMode.Create())
    {
    }

    internal CoinCipher(AuthenticityNumber number, CounterMode mode)
    {
        _mode = mode;
        SetNumber(number);
    }

    /// <summary>
    /// The authenticity number: the key of this cipher and of signatures. Disposing the cipher clears it.
    /// </summary>
    public AuthenticityNumber Number
    {
        get
        {
            var number = AuthenticityNumber.Read(_number);
            ObjectDisposedException.ThrowIf(WasDisposed(), this);
            return number;
        }
    }

    /// <summary>
    /// Replaces the key, so that a key server needs no new cipher for each coin. No other thread may use the cipher at
    /// the same time.
    /// </summary>
    public void SetNumber(AuthenticityNumber number)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        number.CopyTo(_number);
        _mode.SetKey(_number);
    }

    /// <summary>Encrypts or decrypts in place. In counter mode both are the same operation.</summary>
    /// <param name="nonce">The first half of the counter block.</param>
    /// <param name="firstBlock">The initial counter, in blocks of 16 bytes. 0 for a request. <see cref="ExpectedResponse.FirstBlock"/> gives it for a response.</param>
    /// <param name="data">The bytes, of any length. They are zero if the cipher is disposed during the call.</param>
    public void Apply(Nonce nonce, ulong firstBlock, Span<byte> data)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _mode.Apply(nonce.Value, firstBlock, data);
        if (WasDisposed())
        {
            // Dispose may have cleared the key during the encryption. Anyone can decrypt the result of a cleared key.
            CryptographicOperations.ZeroMemory(data);
            throw new ObjectDisposedException(nameof(CoinCipher));
        }
    }

    /// <summary>Clears the key. A concurrent call of another method throws or ends with the right result.</summary>
    public void Dispose()
    {
        _disposed = true;
        Volatile.WriteBarrier();
        CryptographicOperations.ZeroMemory(_number);
        _mode.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => "CoinCipher(redacted)";

    // No lock protects the key. Dispose first sets the flag and then clears the key. So a method that reads the key first
    // and the flag afterwards detects a cleared key. The barriers keep these orders.
    private bool WasDisposed()
    {
        Volatile.ReadBarrier();
        return _disposed;
    }
}
