namespace Rke.UdpBridge;

/// <summary>Where random bytes come from. Safe for use by several threads.</summary>
public interface IEntropySource
{
    /// <summary>Fills <paramref name="destination"/> with random bytes.</summary>
    void Fill(Span<byte> destination);
}
