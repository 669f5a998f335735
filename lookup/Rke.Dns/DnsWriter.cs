using System.Buffers.Binary;
using System.Text;

namespace Rke.Dns;

/// <summary>Writes the fields of a query in order. A method returns false if the destination is too short.</summary>
public ref struct DnsWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Length { get; private set; }

    public bool TryWriteByte(byte value)
    {
        if (Length == _destination.Length)
        {
            return false;
        }

        _destination[Length++] = value;
        return true;
    }

    public bool TryWriteUInt16(ushort value)
    {
        if (!BinaryPrimitives.TryWriteUInt16BigEndian(_destination[Length..], value))
        {
            return false;
        }

        Length += 2;
        return true;
    }

    public bool TryWriteUInt32(uint value)
    {
        if (!BinaryPrimitives.TryWriteUInt32BigEndian(_destination[Length..], value))
        {
            return false;
        }

        Length += 4;
        return true;
    }

    /// <summary>Writes a valid name: for each label its length (1) and its characters, then an empty label.</summary>
    public bool TryWriteName(ReadOnlySpan<char> name)
    {
        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.Length > DnsName.MaxLabelLength || !TryWriteByte((byte)label.Length)
                || !Encoding.ASCII.TryGetBytes(label, _destination[Length..], out var written))
            {
                return false;
            }

            Length += written;
        }

        return TryWriteByte(0);
    }
}
