namespace Rke.Wire;

/// <summary>The bytes of a frame between challenge (in a request) or header (in a response) and trailer.</summary>
public interface IPayload
{
    /// <summary>Whose payload it is.</summary>
    WireCommand Command { get; }

    /// <summary>Length in bytes in a profile.</summary>
    int Measure(WireProfile profile);

    /// <summary>Writes exactly <see cref="Measure"/> bytes.</summary>
    void Write(WireProfile profile, Span<byte> destination);
}
