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

    private NameLookupAnswer(NameRecordType type, IPAddress? address, ushort port, ReadOnlySpan<byte> text)
    {
        Type = type;
        Address = address;
        Port = port;
        Text = text;
    }

    public NameRecordType Type { get; }

    /// <summary>Null for TXT.</summary>
    public IPAddress? Address { get; }

    /// <summary>0 but for SRV.</summary>
    public ushort Port { get; }

    /// <summary>Empty but for TXT.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.NameLookup;

    /// <summary>An A record's answer.</summary>
    public static NameLookupAnswer OfAddress(IPAddress address) => new(NameRecordType.A, address, 0, default);

    /// <summary>An SRV record's answer.</summary>
    public static NameLookupAnswer OfService(IPEndPoint service) =>
        new(NameRecordType.Srv, service.Address, (ushort)service.Port, default);

    /// <summary>A TXT record's answer; false when it is empty or longer than 1200 bytes.</summary>
    public static bool TryCreateText(ReadOnlySpan<byte> text, out NameLookupAnswer answer)
    {
        var right = text.Length is > 0 and <= MaxTextLength;
        answer = right ? new(NameRecordType.Txt, null, 0, text) : default;
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
        if (source.Length != 6)
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        var port = BinaryPrimitives.ReadUInt16BigEndian(source[4..]);
        if ((type == NameRecordType.Srv) != (port != 0))
        {
            error = WireError.PortInvalid;
            return false;
        }

        answer = new(type, new IPAddress(source[..4]), port, default);
        error = WireError.None;
        return true;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => Type == NameRecordType.Txt ? Text.Length : 6;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        if (Type == NameRecordType.Txt)
        {
            Text.CopyTo(destination);
            return;
        }

        Address!.TryWriteBytes(destination, out _);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], Port);
    }
}
