using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Rke.Wire;

/// <summary>The record type of a name lookup (docs/WIRE.md §5).</summary>
public enum NameRecordType : byte
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>An IPv4 address and a port.</summary>
    Srv = 2,

    /// <summary>Text. Only in the rke profile.</summary>
    Txt = 3,
}

/// <summary>
/// The payload of a name lookup request (docs/WIRE.md §5).
/// <code>
/// 0  record type
/// 1  name (1-253), ASCII: letters, digits, '-', '.', and in the rke profile '_'
/// </code>
/// </summary>
public readonly ref struct NameLookupPayload : IPayload
{
    /// <summary>The maximum length of a name in bytes.</summary>
    public const int MaxNameLength = 253;

    private static readonly SearchValues<byte> RaidaxLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."u8);

    private static readonly SearchValues<byte> RkeLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._"u8);

    private NameLookupPayload(NameRecordType type, ReadOnlySpan<byte> name)
    {
        Type = type;
        Name = name;
    }

    public NameRecordType Type { get; }

    /// <summary>ASCII.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.NameLookup;

    /// <summary>Makes a payload.</summary>
    public static bool TryCreate(
        WireProfile profile, NameRecordType type, ReadOnlySpan<byte> name, out NameLookupPayload payload, out WireError error)
    {
        error = Check(profile, (byte)type, name);
        payload = error == WireError.None ? new(type, name) : default;
        return error == WireError.None;
    }

    /// <summary>Reads a plain payload.</summary>
    public static bool TryRead(
        WireProfile profile, ReadOnlySpan<byte> source, out NameLookupPayload payload, out WireError error)
    {
        error = source.IsEmpty ? WireError.BodyLengthWrong : Check(profile, source[0], source[1..]);
        payload = error == WireError.None ? new((NameRecordType)source[0], source[1..]) : default;
        return error == WireError.None;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => 1 + Name.Length;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        destination[0] = (byte)Type;
        Name.CopyTo(destination[1..]);
    }

    /// <summary>The record type and the name.</summary>
    public override string ToString() => $"{Type} {Encoding.ASCII.GetString(Name)}";

    private static WireError Check(WireProfile profile, byte type, ReadOnlySpan<byte> name)
    {
        if (type is < 1 or > 3 || (type == (byte)NameRecordType.Txt && profile != WireProfile.Rke))
        {
            return WireError.RecordTypeInvalid;
        }

        var letters = profile == WireProfile.Rke ? RkeLetters : RaidaxLetters;
        return name.Length is < 1 or > MaxNameLength || name.ContainsAnyExcept(letters)
            ? WireError.NameInvalid
            : WireError.None;
    }
}

/// <summary>
/// The payload of a successful name lookup response (docs/WIRE.md §5).
/// <code>
/// A and SRV, 6 bytes        TXT, 1-1200 bytes
/// 0  IPv4 address (4)       0  text: the strings, joined by line feeds
/// 4  port (2), 0 for A in the rke profile, any bytes for A in raidax
/// </code>
/// </summary>
public readonly ref struct NameLookupAnswer : IPayload
{
    /// <summary>The maximum length of a text record in bytes.</summary>
    public const int MaxTextLength = 1200;

    private const int AddressLength = 4;
    private const int FixedLength = AddressLength + 2;

    // Not an IPAddress, so that reading a frame does not allocate.
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

    /// <summary>0 unless the record is SRV.</summary>
    public ushort Port { get; }

    /// <summary>Empty unless the record is TXT.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.NameLookup;

    /// <summary>Makes the response for an A record. The address must be IPv4.</summary>
    public static NameLookupAnswer OfAddress(IPAddress address) => new(NameRecordType.A, ToNumber(address), 0, default);

    /// <summary>Makes the response for an SRV record. The address must be IPv4, and the port not 0.</summary>
    public static NameLookupAnswer OfService(IPEndPoint service)
    {
        ArgumentOutOfRangeException.ThrowIfZero(service.Port);
        return new(NameRecordType.Srv, ToNumber(service.Address), (ushort)service.Port, default);
    }

    /// <summary>
    /// Makes the response for a TXT record. Returns false if the text is empty or longer than 1200 bytes.
    /// </summary>
    public static bool TryCreateText(ReadOnlySpan<byte> text, out NameLookupAnswer answer)
    {
        var isValid = text.Length is > 0 and <= MaxTextLength;
        answer = isValid ? new(NameRecordType.Txt, 0, 0, text) : default;
        return isValid;
    }

    /// <summary>Reads the plain payload of a response to a request for <paramref name="type"/>.</summary>
    public static bool TryRead(
        WireProfile profile, NameRecordType type, ReadOnlySpan<byte> source, out NameLookupAnswer answer, out WireError error)
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

        // The deployed raidax server does not initialize the port of an A record.
        var port = type == NameRecordType.A && profile == WireProfile.Raidax
            ? (ushort)0
            : BinaryPrimitives.ReadUInt16BigEndian(source[AddressLength..]);
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
            : throw new ArgumentException("The address must be IPv4.", nameof(address));
    }
}
