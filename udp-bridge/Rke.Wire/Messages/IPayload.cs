namespace Rke.Wire;

/// <summary>
/// The payload of a frame: the bytes between challenge and trailer in a request, or header and trailer in a response.
/// </summary>
public interface IPayload
{
    /// <summary>The command of the payload.</summary>
    WireCommand Command { get; }

    /// <summary>The length in bytes in a profile.</summary>
    int Measure(WireProfile profile);

    /// <summary>Writes exactly <see cref="Measure"/> bytes.</summary>
    void Write(WireProfile profile, Span<byte> destination);
}
