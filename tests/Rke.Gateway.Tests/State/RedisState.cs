using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Rke.Gateway.Configuration;
using Rke.Gateway.Lookup;
using Rke.Gateway.State;
using Rke.UdpBridge;
using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.Tests.State;

/// <summary>What one replica has of the shared state, without the rest of a gateway.</summary>
internal sealed class RedisState : IAsyncDisposable
{
    private static int _parts;

    private readonly RedisRecovery _recovery;

    private RedisState(RedisSettings settings, TimeSpan keep)
    {
        var time = TimeProvider.System;
        var entropy = new SystemEntropy();
        var logs = new LoggerFactory([new FakeLoggerProvider(Log)]);
        Multiplexer = ConnectionMultiplexer.Connect(RedisOptions.Of(settings, logs.CreateLogger<ConnectionMultiplexer>()));
        Circuit = new(settings, Multiplexer, time, new Logger<RedisCircuit>(logs));
        Aftermath = new(Circuit, time);
        Held = new(Circuit, time);
        Coins = new(Circuit, Held, Aftermath, entropy);
        Idempotency = new(Circuit, Aftermath, entropy, time, keep);
        Quota = new(Circuit);
        Leases = new(Circuit, Held);
        Nonces = new(Leases, entropy);
        _recovery = new(
            Circuit, Multiplexer, Aftermath, Held, [new(6, 14), new(6, 15), new(7, 14)], time);
    }

    public FakeLogCollector Log { get; } = new();

    public ConnectionMultiplexer Multiplexer { get; }

    public RedisCircuit Circuit { get; }

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
        await state._recovery.StartAsync(TestContext.Current.CancellationToken);
        return state;
    }

    /// <summary>A patient one, where not patience is tested: test machines are busy.</summary>
    public static RedisSettings Settings(TimeSpan? timeout, params RedisServerProcess[] servers) => new(
        [.. servers.Select(server => new HostEndpoint("127.0.0.1", (ushort)server.Port))],
        SentinelService: null,
        User: null,
        servers[0].Password,
        Tls: false,
        CaFile: null,
        timeout ?? TimeSpan.FromSeconds(5));

    /// <summary>Asks for one coin of key server 14, for another part each time.</summary>
    public Task<CoinGrant> ReserveAsync(uint coin) => Coins.ReserveAsync(
        new(
            new(6, 14),
            [new CoinId(0, coin)],
            0,
            new PartHash((UInt128)Interlocked.Increment(ref _parts)),
            Occupies: true,
            TimeSpan.FromMinutes(1),
            new(5, TimeSpan.FromMinutes(1))),
        TestContext.Current.CancellationToken).AsTask();

    /// <summary>Waits until a coin is known to be occupied. It is never granted meanwhile.</summary>
    public Task BecomesOccupiedAsync(uint coin) => Eventually.IsTrueAsync(async () =>
    {
        var answer = (await ReserveAsync(coin)).Answer;
        Assert.NotEqual(CoinAnswer.Granted, answer);
        return answer == CoinAnswer.Occupied;
    });

    public async ValueTask DisposeAsync()
    {
        await _recovery.StopAsync(CancellationToken.None);
        _recovery.Dispose();
        Circuit.Dispose();
        await Multiplexer.DisposeAsync();
    }
}
