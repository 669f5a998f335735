using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rke.Model.Tests.Exploration;

/// <summary>
/// Writes a state as bytes. The explorer compares states by 128 bits of the SHA-256 of these bytes, so two different states are taken
/// for the same with a probability of less than 2⁻⁸⁰ for 10 million states.
/// </summary>
internal sealed class StateWriter
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    public void Clear() => _length = 0;

    public void Write(int value) => Write((long)value);

    public void Write(bool value) => Write(value ? 1L : 0L);

    // A small number needs one byte. Numbers end unambiguously, so different sequences of numbers give different bytes.
    public void Write(long value)
    {
        if (_length + 9 > _bytes.Length)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        if (value is >= 0 and < byte.MaxValue)
        {
            _bytes[_length++] = (byte)value;
            return;
        }

        _bytes[_length++] = byte.MaxValue;
        BinaryPrimitives.WriteInt64BigEndian(_bytes.AsSpan(_length), value);
        _length += sizeof(long);
    }

    /// <summary>Writes parts whose order does not matter.</summary>
    public void WriteUnordered<T>(List<T> items, Action<StateWriter, T> write)
    {
        Write(items.Count);
        var keys = new byte[items.Count][];
        for (var index = 0; index < items.Count; index++)
        {
            var start = _length;
            write(this, items[index]);
            keys[index] = _bytes.AsSpan(start, _length - start).ToArray();
            _length = start;
        }

        Array.Sort(keys, static (left, right) => left.AsSpan().SequenceCompareTo(right));
        foreach (var key in keys)
        {
            while (_length + key.Length > _bytes.Length)
            {
                Array.Resize(ref _bytes, _bytes.Length * 2);
            }

            key.CopyTo(_bytes, _length);
            _length += key.Length;
        }
    }

    public UInt128 Hash()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_bytes.AsSpan(0, _length), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
