namespace Rke.Wire;

/// <summary>Nothing: an Echo asks whether the server is there.</summary>
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
