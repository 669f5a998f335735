using System.Buffers.Binary;

namespace Rke.Fuzz.Driving;

/// <summary>
/// Makes inputs from earlier inputs: one to eight changes of bytes, numbers, blocks and words. The seed decides all changes.
/// </summary>
internal sealed class Mutator(FuzzTarget target, Random random)
{
    private const int MaxChanges = 8;

    private static readonly ulong[] Borders =
    [
        0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 63, 64, 100, 127, 128, 255, 256, 512, 1023, 1024, 1400, 4095, 4096, 32767,
        32768, 65535, 65536, int.MaxValue, 0x80000000, uint.MaxValue,
    ];

    private readonly byte[] _buffer = new byte[target.MaxLength];
    private readonly byte[] _moved = new byte[target.MaxLength];
    private int _length;

    /// <summary>A changed copy of an input. It is valid until the next call.</summary>
    /// <param name="input">The input to change.</param>
    /// <param name="other">Another input. Blocks are copied from it.</param>
    public ReadOnlySpan<byte> Mutate(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other)
    {
        _length = Math.Min(input.Length, _buffer.Length);
        input[.._length].CopyTo(_buffer);
        for (var changes = Next(MaxChanges) + 1; changes > 0; changes--)
        {
            Change(other);
        }

        return _buffer.AsSpan(0, _length);
    }

    private void Change(ReadOnlySpan<byte> other)
    {
        if (_length == 0)
        {
            Insert(0, [AnyByte()]);
            return;
        }

        var at = Next(_length);
        switch (Next(14))
        {
            case 0:
                _buffer[at] ^= (byte)(1 << Next(8));
                break;
            case 1:
                _buffer[at] = AnyByte();
                break;
            case 2:
                _buffer[at] += (byte)(Next(2) == 0 ? 1 : 255);
                break;
            case 3 or 4:
                ChangeNumber();
                break;
            case 5:
                Remove(at, BlockLength(_length - at));
                break;
            case 6:
                Insert(at, [AnyByte()]);
                break;
            case 7:
                InsertCopies(at);
                break;
            case 8:
                Overwrite(Next(_length), Block(_buffer.AsSpan(0, _length)));
                break;
            case 9 when !other.IsEmpty:
                Insert(at, Block(other));
                break;
            case 10 when !other.IsEmpty:
                Overwrite(at, Block(other));
                break;
            case 11 when target.Words.Count > 0:
                Insert(at, target.Words[Next(target.Words.Count)]);
                break;
            case 12 when target.Words.Count > 0:
                Overwrite(at, target.Words[Next(target.Words.Count)]);
                break;
            default:
                ChangeDigits(at);
                break;
        }
    }

    // A number of 1, 2 or 4 bytes in either order: a border value, or a small step.
    private void ChangeNumber()
    {
        var size = 1 << Next(3);
        if (_length < size)
        {
            return;
        }

        var place = _buffer.AsSpan(Next(_length - size + 1), size);
        var isBigEndian = Next(2) == 0;
        var value = size switch
        {
            1 => place[0],
            2 => isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(place) : BinaryPrimitives.ReadUInt16LittleEndian(place),
            _ => isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(place) : BinaryPrimitives.ReadUInt32LittleEndian(place),
        };
        value = Next(2) == 0 ? (uint)Borders[Next(Borders.Length)] : unchecked(value + (uint)(Next(71) - 35));
        for (var index = 0; index < size; index++)
        {
            place[isBigEndian ? size - 1 - index : index] = (byte)(value >> (8 * index));
        }
    }

    // A decimal number in text.
    private void ChangeDigits(int at)
    {
        if (!char.IsAsciiDigit((char)_buffer[at]))
        {
            _buffer[at] = AnyByte();
            return;
        }

        var end = at;
        while (end < _length && char.IsAsciiDigit((char)_buffer[end]))
        {
            end++;
        }

        Remove(at, end - at);
        var value = Next(2) == 0 ? Borders[Next(Borders.Length)] : (ulong)random.NextInt64();
        Insert(Math.Min(at, _length), System.Text.Encoding.ASCII.GetBytes($"{value}"));
    }

    // Many copies of a block find work that grows faster than the input.
    private void InsertCopies(int at)
    {
        var block = Block(_buffer.AsSpan(0, _length)).ToArray();
        for (var copies = Next(16) == 0 ? 1 << Next(10) : 1; copies > 0 && _length + block.Length <= _buffer.Length; copies--)
        {
            Insert(at, block);
        }
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, _buffer.Length - _length);
        bytes[..count].CopyTo(_moved);
        _buffer.AsSpan(at, _length - at).CopyTo(_buffer.AsSpan(at + count));
        _moved.AsSpan(0, count).CopyTo(_buffer.AsSpan(at));
        _length += count;
    }

    private void Overwrite(int at, ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, _length - at);
        bytes[..count].CopyTo(_buffer.AsSpan(at));
    }

    private void Remove(int at, int count)
    {
        _buffer.AsSpan(at + count, _length - at - count).CopyTo(_buffer.AsSpan(at));
        _length -= count;
    }

    private ReadOnlySpan<byte> Block(ReadOnlySpan<byte> source)
    {
        var start = Next(source.Length);
        return source.Slice(start, BlockLength(source.Length - start));
    }

    private int BlockLength(int available) => 1 + Next(Next(4) == 0 ? available : Math.Min(available, 16));

    private byte AnyByte() => target.IsText && Next(8) != 0 ? (byte)(' ' + Next(95)) : (byte)Next(256);

    private int Next(int limit) => random.Next(limit);
}
