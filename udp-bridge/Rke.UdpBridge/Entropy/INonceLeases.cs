namespace Rke.UdpBridge;

/// <summary>Where several processes that use the same keys agree on who uses which nonces.</summary>
public interface INonceLeases
{
    /// <summary>
    /// The first 48 bits of 65,536 nonces for requests to one key server that nobody else ever gets, below 2^47.
    /// Null when there is no agreement at the moment.
    /// </summary>
    /// <param name="last">The highest lease for the server that the caller has had, or 0; the answer is above it.</param>
    ValueTask<long?> LeaseAsync(ushort network, byte raidaId, long last);
}
