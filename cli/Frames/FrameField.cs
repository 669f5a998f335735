namespace Rke.Cli;

/// <summary>Some bytes of a frame and what they say.</summary>
/// <param name="Bytes">In hex; null when they are secret and not to be shown.</param>
/// <param name="IsDecrypted">On the wire they are encrypted.</param>
/// <param name="Problem">Null when the field is right, or nothing can be said against it.</param>
internal sealed record FrameField(
    int Offset, int Length, string Name, string? Bytes, string Meaning, bool IsDecrypted, string? Problem);
