using System.Buffers.Binary;
using System.Net;

namespace Rke.Wire;

/// <summary>
/// The payload of a successful name lookup (docs/WIRE.md §5).
/// <code>
/// A, SRV:  IPv4 (4) | port (2; 0 for A)
/// TXT:     text, strings joined by line feeds, at most 1200 bytes
/// </code>
/// </summary>
public readonly ref struct NameLookupAnswer : IPayload
{
    /// <summary>The longest text record.</summary>
    public const int MaxTextLength = 1200;

    private const int AddressLength = 4;
    private const int FixedLength = AddressLength + 2;

    // Not an IPAddress: reading a frame allocates nothing.
    private readonly uint _address;

    private NameLookupAnswer(NameRecordType type, uint address, ushort port, ReadOnlySpan<byte> text)
    {
        Type = type;
        _address = address;
        Port = port;
        Text = text;
    }

    public NameRecordType Type { get; }

    /// <summary>Null for TXT.</summary>
    public IPAddress? Address
    {
        get
        {
            if (Type == NameRecordType.Txt)
            {
                return null;
            }

            Span<byte> bytes = stackalloc byte[AddressLength];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, _address);
            return new(bytes);
        }
    }

    /// <summary>0 but for SRV.</summary>
    public ushort Port { get; }

    /// <summary>Empty but for TXT.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.NameLookup;

    /// <summary>An A record's answer; the address is an IPv4 one.</summary>
    public static NameLookupAnswer OfAddress(IPAddress address) => new(NameRecordType.A, ToNumber(address), 0, default);

    /// <summary>An SRV record's answer; the address is an IPv4 one, the port not 0.</summary>
    public static NameLookupAnswer OfService(IPEndPoint service)
    {
        ArgumentOutOfRangeException.ThrowIfZero(service.Port);
        return new(NameRecordType.Srv, ToNumber(service.Address), (ushort)service.Port, default);
    }

    /// <summary>A TXT record's answer; false when it is empty or longer than 1200 bytes.</summary>
    public static bool TryCreateText(ReadOnlySpan<byte> text, out NameLookupAnswer answer)
    {
        var right = text.Length is > 0 and <= MaxTextLength;
        answer = right ? new(NameRecordType.Txt, 0, 0, text) : default;
        return right;
    }

    /// <summary>Reads a plain payload that answers a question of type <paramref name="type"/>.</summary>
    public static bool TryRead(
        NameRecordType type, ReadOnlySpan<byte> source, out NameLookupAnswer answer, out WireError error)
    {
        if (type == NameRecordType.Txt)
        {
            error = TryCreateText(source, out answer) ? WireError.None : WireError.TextInvalid;
            return error == WireError.None;
        }

        answer = default;
        if (source.Length != FixedLength)
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        var port = BinaryPrimitives.ReadUInt16BigEndian(source[AddressLength..]);
        if ((type == NameRecordType.Srv) != (port != 0))
        {
            error = WireError.PortInvalid;
            return false;
        }

        answer = new(type, BinaryPrimitives.ReadUInt32BigEndian(source), port, default);
        error = WireError.None;
        return true;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => Type == NameRecordType.Txt ? Text.Length : FixedLength;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        if (Type == NameRecordType.Txt)
        {
            Text.CopyTo(destination);
            return;
        }

        BinaryPrimitives.WriteUInt32BigEndian(destination, _address);
        BinaryPrimitives.WriteUInt16BigEndian(destination[AddressLength..], Port);
    }

    internal static bool IsLength(WireProfile profile, int length) =>
        length == FixedLength || (profile == WireProfile.Rke && length is > 0 and <= MaxTextLength);

    private static uint ToNumber(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[AddressLength];
        return address.TryWriteBytes(bytes, out _)
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : throw new ArgumentException("A name lookup answers with IPv4 addresses.", nameof(address));
    }
}
