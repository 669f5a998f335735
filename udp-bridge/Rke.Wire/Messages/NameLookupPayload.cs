using System.Buffers;
using System.Text;

namespace Rke.Wire;

/// <summary>
/// Asks the RAIDA name space (docs/WIRE.md §5).
/// <code>
/// record type (1) | name in ASCII (1-253: letters, digits, '-', '.', and '_' in the rke profile)
/// </code>
/// </summary>
public readonly ref struct NameLookupPayload : IPayload
{
    /// <summary>The longest domain name.</summary>
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
