using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>
/// AES-128 in counter mode under one authenticity number (docs/WIRE.md §3): the initial counter block is the nonce
/// followed by eight zero bytes, counted up as one big-endian number. The block cipher is the platform's; it is keyed
/// once, so that encrypting allocates nothing. Safe for use by several threads; one works at a time.
/// </summary>
public sealed class CoinCipher : IDisposable
{
    private const int BlockLength = 16;
    private const int BatchBlocks = 16;

    private readonly Lock _gate = new();
    private readonly Aes _aes;
    private readonly ICryptoTransform _encryptor;
    private readonly byte[] _counters = new byte[BatchBlocks * BlockLength];
    private readonly byte[] _keystream = new byte[BatchBlocks * BlockLength];
    private readonly byte[] _number = GC.AllocateUninitializedArray<byte>(AuthenticityNumber.Length, pinned: true);
    private bool _disposed;

    /// <summary>Keys the cipher.</summary>
    public CoinCipher(AuthenticityNumber number)
    {
        number.CopyTo(_number);
        _aes = Aes.Create();
        _aes.SetKey(_number);
#pragma warning disable CA5358 // Counter mode is made of single blocks: docs/WIRE.md §3.
        _aes.Mode = CipherMode.ECB;
#pragma warning restore CA5358
        _aes.Padding = PaddingMode.None;
        _encryptor = _aes.CreateEncryptor();
    }

    /// <summary>The number that keys this cipher and signs responses; zeroed when disposed.</summary>
    public AuthenticityNumber Number
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return AuthenticityNumber.Read(_number);
        }
    }

    /// <summary>Encrypts or decrypts in place (both are the same in counter mode).</summary>
    /// <param name="nonce">First half of the counter block.</param>
    /// <param name="firstBlock">How many blocks of keystream are passed over: 0 for a request.</param>
    /// <param name="data">Any length.</param>
    public void Apply(Nonce nonce, ulong firstBlock, Span<byte> data)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            while (!data.IsEmpty)
            {
                var length = Math.Min(data.Length, _keystream.Length);
                var blocks = (length + BlockLength - 1) / BlockLength;
                for (var block = 0; block < blocks; block++)
                {
                    var counter = _counters.AsSpan(block * BlockLength, BlockLength);
                    BinaryPrimitives.WriteUInt64BigEndian(counter, nonce.Value);
                    BinaryPrimitives.WriteUInt64BigEndian(counter[Nonce.Length..], firstBlock + (ulong)block);
                }

                _encryptor.TransformBlock(_counters, 0, blocks * BlockLength, _keystream, 0);
                for (var index = 0; index < length; index++)
                {
                    data[index] ^= _keystream[index];
                }

                data = data[length..];
                firstBlock += (ulong)blocks;
            }

            CryptographicOperations.ZeroMemory(_keystream);
        }
    }

    /// <summary>Forgets the key.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                CryptographicOperations.ZeroMemory(_number);
                _encryptor.Dispose();
                _aes.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => "CoinCipher(redacted)";
}
