using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rke.Wire;

/// <summary>
/// Counter mode with the AES of the platform, for processors without AES instructions. A lock serializes the calls,
/// because the platform's object is not thread-safe.
/// </summary>
internal sealed class PlatformCounterMode : CounterMode
{
    private const int BatchBlocks = 16;

    private readonly Lock _gate = new();
    private readonly byte[] _counters = new byte[BatchBlocks * BlockLength];
    private readonly byte[] _keystream = GC.AllocateUninitializedArray<byte>(BatchBlocks * BlockLength, pinned: true);
    private ICryptoTransform? _encryptor;

    public override void SetKey(ReadOnlySpan<byte> key)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
#pragma warning disable CA5358 // Counter mode encrypts single counter blocks (docs/WIRE.md §3).
        aes.Mode = CipherMode.ECB;
#pragma warning restore CA5358
        aes.Padding = PaddingMode.None;
        lock (_gate)
        {
            _encryptor?.Dispose();
            _encryptor = aes.CreateEncryptor();
        }
    }

    public override void Apply(ulong high, ulong low, Span<byte> data)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_encryptor is null, this);
            while (!data.IsEmpty)
            {
                var length = Math.Min(data.Length, _keystream.Length);
                var blocks = (length + BlockLength - 1) / BlockLength;
                for (var block = 0; block < blocks; block++)
                {
                    var counter = _counters.AsSpan(block * BlockLength, BlockLength);
                    BinaryPrimitives.WriteUInt64BigEndian(counter, high);
                    BinaryPrimitives.WriteUInt64BigEndian(counter[sizeof(ulong)..], low);
                    if (++low == 0)
                    {
                        high++;
                    }
                }

                _encryptor.TransformBlock(_counters, 0, blocks * BlockLength, _keystream, 0);
                for (var index = 0; index < length; index++)
                {
                    data[index] ^= _keystream[index];
                }

                data = data[length..];
            }

            CryptographicOperations.ZeroMemory(_keystream);
        }
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            _encryptor?.Dispose();
            _encryptor = null;
        }
    }
}
