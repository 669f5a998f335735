using System.Numerics;

namespace Rke.Wire;

/// <summary>
/// The receiver's 16 flags, one a part in order: FF = used, 00 = not (docs/WIRE.md §5).
/// </summary>
/// <param name="Used">Bit n is set when part n was used.</param>
public readonly record struct SignalAnswer(ushort Used) : IPayload
{
    /// <summary>Length in bytes.</summary>
    public const int Length = SignalPayload.MaxParts;

    /// <inheritdoc/>
    public WireCommand Command => WireCommand.Signal;

    /// <summary>How many parts were used.</summary>
    public int Count => BitOperations.PopCount(Used);

    /// <summary>Whether part <paramref name="index"/> was used.</summary>
    public bool IsUsed(int index) => (Used & (1 << index)) != 0;

    /// <summary>Reads a plain payload of exactly 16 bytes, each FF or 00; those behind the last part must be 00.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, int parts, out SignalAnswer answer, out WireError error)
    {
        answer = default;
        if (source.Length != Length)
        {
            error = WireError.BodyLengthWrong;
            return false;
        }

        ushort used = 0;
        for (var index = 0; index < Length; index++)
        {
            if (source[index] is not (0x00 or 0xFF) || (source[index] == 0xFF && index >= parts))
            {
                error = WireError.FlagInvalid;
                return false;
            }

            used |= (ushort)((source[index] & 1) << index);
        }

        answer = new(used);
        error = WireError.None;
        return true;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => Length;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        for (var index = 0; index < Length; index++)
        {
            destination[index] = IsUsed(index) ? (byte)0xFF : (byte)0x00;
        }
    }
}
