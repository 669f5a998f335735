using System.Buffers.Binary;

namespace Rke.Dns;

/// <summary>Reads the fields of a DNS message in order. If a method returns false, <see cref="Error"/> is the reason.</summary>
public ref struct DnsReader
{
    private const int MaxNameOctets = 255;
    private const int PointerBits = 0xC0;

    // An octet of a name needs up to four characters (\DDD), and each label a dot.
    private const int MaxNameCharacters = 4 * MaxNameOctets;

    private readonly ReadOnlySpan<byte> _message;
    private readonly int _end;
    private int _offset;

    public DnsReader(ReadOnlySpan<byte> message)
        : this(message, 0, message.Length)
    {
    }

    private DnsReader(ReadOnlySpan<byte> message, int offset, int end)
    {
        _message = message;
        _offset = offset;
        _end = end;
    }

    public DnsReadError Error { get; private set; }

    public readonly bool IsAtEnd => _offset == _end;

    public readonly int Remaining => _end - _offset;

    public bool TryReadByte(out byte value)
    {
        value = 0;
        if (!TryReadBytes(1, out var bytes))
        {
            return false;
        }

        value = bytes[0];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        value = 0;
        if (!TryReadBytes(2, out var bytes))
        {
            return false;
        }

        value = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        value = 0;
        if (!TryReadBytes(4, out var bytes))
        {
            return false;
        }

        value = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return true;
    }

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> bytes)
    {
        if (count > Remaining)
        {
            bytes = default;
            return Fail(DnsReadError.Truncated);
        }

        bytes = _message.Slice(_offset, count);
        _offset += count;
        return true;
    }

    /// <summary>A reader for the next bytes only. Its names may point to earlier parts of the message.</summary>
    public bool TryReadData(int count, out DnsReader data)
    {
        data = default;
        var start = _offset;
        if (!TryReadBytes(count, out _))
        {
            return false;
        }

        data = new DnsReader(_message, start, _offset);
        return true;
    }

    /// <summary>
    /// Reads a name (RFC 1035 §4.1.4): labels that end with an empty label or with a pointer to further labels. A pointer must
    /// point to a position before the labels that it ends, so a name cannot loop.
    /// </summary>
    public bool TryReadName(out string name)
    {
        name = "";
        Span<char> text = stackalloc char[MaxNameCharacters];
        var length = 0;
        var octets = 1;
        var position = _offset;
        var partStart = _offset;
        var partEnd = _end;
        var afterName = -1;

        while (true)
        {
            if (position >= partEnd)
            {
                return FailShortName(afterName);
            }

            int size = _message[position++];
            if ((size & PointerBits) == PointerBits)
            {
                if (position >= partEnd)
                {
                    return FailShortName(afterName);
                }

                var target = ((size & ~PointerBits) << 8) | _message[position++];
                if (target >= partStart)
                {
                    return Fail(DnsReadError.NamePointer);
                }

                afterName = afterName < 0 ? position : afterName;
                partEnd = partStart;
                position = partStart = target;
                continue;
            }

            if ((size & PointerBits) != 0)
            {
                return Fail(DnsReadError.LabelKind);
            }

            if (size == 0)
            {
                break;
            }

            octets += size + 1;
            if (octets > MaxNameOctets)
            {
                return Fail(DnsReadError.NameTooLong);
            }

            if (size > partEnd - position)
            {
                return FailShortName(afterName);
            }

            length = AppendLabel(text, length, _message.Slice(position, size));
            position += size;
        }

        _offset = afterName < 0 ? position : afterName;
        name = length == 0 ? "." : new string(text[..length]);
        return true;
    }

    // Special characters are escaped (RFC 1035 §5.1), so the result never equals a valid name.
    private static int AppendLabel(Span<char> text, int length, ReadOnlySpan<byte> label)
    {
        if (length > 0)
        {
            text[length++] = '.';
        }

        foreach (var octet in label)
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'_')
            {
                text[length++] = (char)octet;
                continue;
            }

            text[length++] = '\\';
            text[length++] = (char)('0' + (octet / 100));
            text[length++] = (char)('0' + (octet / 10 % 10));
            text[length++] = (char)('0' + (octet % 10));
        }

        return length;
    }

    // After a pointer, the pointer is the error: it points to bytes that are not a name.
    private bool FailShortName(int afterName) =>
        Fail(afterName < 0 ? DnsReadError.Truncated : DnsReadError.NamePointer);

    private bool Fail(DnsReadError error)
    {
        Error = error;
        return false;
    }
}

/// <summary>Why bytes are not a DNS message.</summary>
public enum DnsReadError
{
    None,

    /// <summary>The message ends before the field does.</summary>
    Truncated,

    /// <summary>The message is a query, or its operation is not a standard query.</summary>
    NotAReply,

    /// <summary>The message does not have exactly one question.</summary>
    QuestionCount,

    /// <summary>More records than <see cref="DnsReply.MaxRecords"/>.</summary>
    TooManyRecords,

    /// <summary>A label whose two top bits are 01 or 10, which RFC 1035 does not define.</summary>
    LabelKind,

    /// <summary>A compression pointer that does not point backwards, and so could loop.</summary>
    NamePointer,

    /// <summary>A name of more than 255 octets.</summary>
    NameTooLong,

    /// <summary>The data of a record is longer or shorter than its type requires.</summary>
    DataLength,

    /// <summary>Bytes follow the last record.</summary>
    TrailingBytes,
}
