namespace Rke.Wire;

/// <summary>
/// Tells a receiver where 1-16 key parts wait (docs/WIRE.md §5); never encrypted.
/// <code>
/// NU (1) | NU × part (36)
/// </code>
/// </summary>
public readonly ref struct SignalPayload : IPayload
{
    /// <summary>A Signal names at most 16 parts.</summary>
    public const int MaxParts = 16;

    private readonly ReadOnlySpan<byte> _fill;

    private SignalPayload(ReadOnlySpan<SignalPart> parts, ReadOnlySpan<byte> fill)
    {
        Parts = parts;
        _fill = fill;
    }

    /// <summary>1-16, in the order of the key.</summary>
    public ReadOnlySpan<SignalPart> Parts { get; }

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.Signal;

    /// <summary>Makes a payload.</summary>
    /// <param name="parts">1-16.</param>
    /// <param name="fill">12 random bytes for every part, used behind IPv4 addresses.</param>
    public static bool TryCreate(
        ReadOnlySpan<SignalPart> parts, ReadOnlySpan<byte> fill, out SignalPayload payload, out WireError error)
    {
        error = parts.Length is < 1 or > MaxParts ? WireError.PartCountInvalid
            : fill.Length < parts.Length * SignalPart.FillLength ? WireError.LengthWrong
            : !HavePorts(parts) ? WireError.PortInvalid
            : WireError.None;
        payload = error == WireError.None ? new(parts, fill) : default;
        return error == WireError.None;
    }

    /// <summary>Reads a plain payload.</summary>
    /// <param name="room">Room for 16 parts; the payload's parts are a slice of it.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source, Span<SignalPart> room, out SignalPayload payload, out WireError error)
    {
        payload = default;
        if (source.IsEmpty)
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        int count = source[0];
        if (count is < 1 or > MaxParts)
        {
            error = WireError.PartCountInvalid;
            return false;
        }

        if (source.Length != LengthOf(count))
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        for (var index = 0; index < count; index++)
        {
            if (!SignalPart.TryRead(source[LengthOf(index)..], out room[index], out error))
            {
                return false;
            }
        }

        payload = new(room[..count], default);
        error = WireError.None;
        return true;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => LengthOf(Parts.Length);

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        destination[0] = (byte)Parts.Length;
        for (var index = 0; index < Parts.Length; index++)
        {
            Parts[index].Write(destination[LengthOf(index)..], _fill[(index * SignalPart.FillLength)..]);
        }
    }

    internal static bool IsLength(int length) =>
        length > SignalPart.Length && (length - 1) % SignalPart.Length == 0 && length <= LengthOf(MaxParts);

    private static bool HavePorts(ReadOnlySpan<SignalPart> parts)
    {
        foreach (ref readonly var part in parts)
        {
            if (!part.HasPort)
            {
                return false;
            }
        }

        return true;
    }

    private static int LengthOf(int parts) => 1 + (parts * SignalPart.Length);
}
