namespace Rke.Wire;

/// <summary>
/// Asks for a key part by HS (docs/WIRE.md §5, §6).
/// <code>
/// rke, 16 bytes:     HS
/// raidax, 37 bytes:  HS (16) | DN SN (5, zero) | sender address (16, zero)
/// </code>
/// </summary>
public readonly record struct GetKeyPayload(KeyIdHash Hash) : IPayload
{
    /// <inheritdoc/>
    public WireCommand Command => WireCommand.GetKey;

    internal static int LengthIn(WireProfile profile) => profile == WireProfile.Rke ? 16 : 37;

    /// <summary>Reads a plain payload.</summary>
    public static bool TryRead(
        WireProfile profile, ReadOnlySpan<byte> source, out GetKeyPayload payload, out WireError error)
    {
        var right = source.Length == LengthIn(profile);
        payload = right ? new(KeyIdHash.Read(source)) : default;
        error = right ? WireError.None : WireError.BodyLengthWrong;
        return right;
    }

    /// <inheritdoc/>
    public int Measure(WireProfile profile) => LengthIn(profile);

    /// <inheritdoc/>
    public void Write(WireProfile profile, Span<byte> destination)
    {
        Hash.CopyTo(destination);
        destination[KeyIdHash.Length..LengthIn(profile)].Clear();
    }
}
