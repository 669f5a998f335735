using Rke.UdpBridge;

namespace Rke.Gateway.Sessions;

/// <summary>What this process is called among the replicas: its host, and digits of its own.</summary>
internal sealed class Replica
{
    private const int SuffixLength = 4;

    public Replica(IEntropySource entropy)
    {
        Span<byte> suffix = stackalloc byte[SuffixLength];
        entropy.Fill(suffix);
        Name = $"{Environment.MachineName}-{Convert.ToHexStringLower(suffix)}";
    }

    public string Name { get; }
}
