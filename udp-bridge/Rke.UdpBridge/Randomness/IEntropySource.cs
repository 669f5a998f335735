using System.Security.Cryptography;

namespace Rke.UdpBridge;

/// <summary>Returns random bytes. Safe for use by several threads.</summary>
public interface IEntropySource
{
    /// <summary>Fills <paramref name="destination"/> with random bytes.</summary>
    void Fill(Span<byte> destination);
}

/// <summary>The cryptographic random numbers of the operating system.</summary>
public sealed class SystemEntropy : IEntropySource
{
    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
