namespace Rke.Wire;

/// <summary>The payload of an Echo request. It is empty (docs/WIRE.md §5).</summary>
public readonly struct EchoPayload : IPayload
{
    /// <inheritdoc/>
    public WireCommand Command => WireCommand.Echo;

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => 0;

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
    }
}
