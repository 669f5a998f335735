using Rke.UdpBridge;

namespace Rke.Gateway.State;

/// <summary>Nonces that the replicas lease from Redis (docs/STATE.md, "Nonces").</summary>
internal sealed class RedisNonceLeases(RedisCircuit circuit, RedisHeldCoins servers) : INonceLeases
{
    // 2025-01-01T00:00:00Z. 47 bits of 16 µs last until 2096.
    private const long FirstSecond = 1_735_689_600;

    public async ValueTask<long?> LeaseAsync(ushort network, byte raidaId, long last)
    {
        var server = servers.Of(new(network, raidaId));
        var result = await circuit.RunAsync(RedisScript.Lease, [server.Keys.Nonces], [last, FirstSecond]);
        return result is null ? null : (long)result;
    }
}
