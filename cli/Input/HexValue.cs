namespace Rke.Cli;

/// <summary>An option's bytes. Its text is redacted: it may be a key part.</summary>
internal sealed class HexValue(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;

    public override string ToString() => "(hex)";
}
