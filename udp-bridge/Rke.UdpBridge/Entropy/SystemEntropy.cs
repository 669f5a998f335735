using System.Security.Cryptography;

namespace Rke.UdpBridge;

/// <summary>The operating system's cryptographic random numbers.</summary>
public sealed class SystemEntropy : IEntropySource
{
    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
