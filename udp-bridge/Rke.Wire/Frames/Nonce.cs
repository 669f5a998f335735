namespace Rke.Wire;

/// <summary>
/// The 8 nonce bytes of a request, bytes 24-31, as a big-endian number (docs/WIRE.md §2). The last two bytes are the
/// echo, which the response contains too.
/// </summary>
public readonly record struct Nonce(ulong Value)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 8;

    /// <summary>The echo: bytes 30-31 of the request, bytes 6-7 of the response.</summary>
    public ushort Echo => (ushort)Value;

    /// <summary>The nonce of an unencrypted request: bytes 24-29 are zero, bytes 30-31 are the echo.</summary>
    public Nonce EchoOnly => new(Echo);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}
