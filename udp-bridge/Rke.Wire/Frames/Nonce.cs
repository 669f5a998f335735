namespace Rke.Wire;

/// <summary>
/// The 8 nonce bytes of a request, as a big-endian number. Its last two bytes are the echo that the response
/// repeats, so nonce and echo are chosen as one (docs/WIRE.md §2).
/// </summary>
public readonly record struct Nonce(ulong Value)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 8;

    /// <summary>Nonce bytes 6 and 7: request bytes 30-31, response bytes 6-7.</summary>
    public ushort Echo => (ushort)Value;

    /// <summary>What an unencrypted request carries: bytes 24-29 zero, and the echo.</summary>
    public Nonce EchoOnly => new(Echo);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}
