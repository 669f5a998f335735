using Rke.Gateway.Redis;
using Rke.UdpBridge;
using StackExchange.Redis;

namespace Rke.Gateway.KeyServers;

/// <summary>
/// Leases ranges of nonces from Redis, so that replicas never use the same nonce (docs/STATE.md, "Nonces").
/// </summary>
internal sealed class RedisNonceLeases(RedisCircuit circuit) : INonceLeases
{
    private static readonly RedisScript LeaseScript = new("nonce-lease");

    // 2025-01-01T00:00:00Z. 47 bits with steps of 16 µs last until 2096.
    private const long FirstSecond = 1_735_689_600;

    public async ValueTask<long?> LeaseAsync(ushort network, byte raidaId, long last)
    {
        RedisKey key = $"rke:{{{network}.{raidaId}}}:n";
        var result = await circuit.RunAsync(LeaseScript, [key], [last, FirstSecond]);
        return result is null ? null : (long)result;
    }
}
