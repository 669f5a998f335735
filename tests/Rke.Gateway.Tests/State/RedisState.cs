using Microsoft.Extensions.Logging.Abstractions;
using Rke.Gateway.Configuration;
using Rke.Gateway.Lookup;
using Rke.Gateway.State;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.State;

/// <summary>What one replica has of the shared state, without the rest of a gateway.</summary>
internal sealed class RedisState : IAsyncDisposable
{
    private readonly RedisReturn _return;
    private readonly RedisPulse _pulse;

    private RedisState(RedisSettings settings, TimeSpan keep)
    {
        var time = TimeProvider.System;
        var entropy = new SystemEntropy();
        _pulse = new(new(settings), time);
        Link = new(settings, _pulse, time, NullLogger<RedisLink>.Instance);
        Aftermath = new(Link, time);
        Held = new(Link, time);
        Coins = new(Link, Held, Aftermath, entropy);
        Idempotency = new(Link, Aftermath, entropy, time, keep);
        Quota = new(Link);
        Leases = new(Link, Held);
        Nonces = new(Leases, entropy);
        _return = new(
            Link, new(settings), Aftermath, Held, [new(6, 14), new(6, 15), new(7, 14)], time, NullLogger<RedisReturn>.Instance);
    }

    public RedisLink Link { get; }

    public RedisAftermath Aftermath { get; }

    public RedisHeldCoins Held { get; }

    public RedisCoinState Coins { get; }

    public RedisIdempotencyStore Idempotency { get; }

    public RedisCallerQuota Quota { get; }

    public RedisNonceLeases Leases { get; }

    public LeasedNonceSource Nonces { get; }

    public static Task<RedisState> ConnectAsync(RedisServerProcess server, TimeSpan? keep = null, TimeSpan? timeout = null) =>
        ConnectAsync(Settings(timeout, server), keep);

    public static async Task<RedisState> ConnectAsync(RedisSettings settings, TimeSpan? keep = null)
    {
        var state = new RedisState(settings, keep ?? TimeSpan.FromMinutes(1));
        await state._return.StartAsync(TestContext.Current.CancellationToken);
        return state;
    }

    /// <summary>A patient one, where not patience is tested: test machines are busy.</summary>
    public static RedisSettings Settings(TimeSpan? timeout, params RedisServerProcess[] servers) => new(
        [.. servers.Select(server => new HostEndpoint("127.0.0.1", (ushort)server.Port))],
        servers[0].Password,
        Tls: false,
        CaFile: null,
        timeout ?? TimeSpan.FromSeconds(5));

    public async ValueTask DisposeAsync()
    {
        await _return.StopAsync(CancellationToken.None);
        _return.Dispose();
        Link.Dispose();
        _pulse.Dispose();
    }
}
