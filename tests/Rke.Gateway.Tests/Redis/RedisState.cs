using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Rke.Dns;
using Rke.Gateway.Background;
using Rke.Gateway.Coins;
using Rke.Gateway.Idempotency;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Quotas;
using Rke.Gateway.Redis;
using Rke.UdpBridge;
using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.Tests.Redis;

/// <summary>The access of one replica to the shared state, without the rest of a gateway.</summary>
internal sealed class RedisState : IAsyncDisposable
{
    private static int _parts;

    private readonly RedisRecovery _recovery;

    private RedisState(RedisOptions settings, TimeSpan keep)
    {
        var time = TimeProvider.System;
        var entropy = new SystemEntropy();
        var logs = new LoggerFactory([new FakeLoggerProvider(Log)]);
        Multiplexer = ConnectionMultiplexer.Connect(RedisClientOptions.Of(settings, logs.CreateLogger<ConnectionMultiplexer>(), time));
        Circuit = new(Options.Create(settings), Multiplexer, time, new Logger<RedisCircuit>(logs));
        Retries = new(Circuit, time);
        Held = new(Circuit, [new(6, 14), new(6, 15), new(7, 14)], time);
        Coins = new(Circuit, Held, Retries, entropy);
        Refusals = new(Circuit, Retries);
        Idempotency = new(Circuit, Retries, entropy, time, keep);
        Quota = new(Circuit);
        Leases = new(Circuit);
        Nonces = new(Leases, entropy);
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var failures = new BackgroundFailures(time, meters, new Logger<BackgroundFailures>(logs));
        _recovery = new(Circuit, Multiplexer, Retries, Held, failures, time);
    }

    public FakeLogCollector Log { get; } = new();

    public ConnectionMultiplexer Multiplexer { get; }

    public RedisCircuit Circuit { get; }

    public RedisRetryQueue Retries { get; }

    public RedisHeldCoins Held { get; }

    public RedisCoinState Coins { get; }

    public RedisCoinRefusals Refusals { get; }

    public RedisIdempotencyStore Idempotency { get; }

    public RedisCallerQuota Quota { get; }

    public RedisNonceLeases Leases { get; }

    public LeasedNonceSource Nonces { get; }

    public static Task<RedisState> ConnectAsync(RedisServerProcess server, TimeSpan? keep = null, TimeSpan? timeout = null) =>
        ConnectAsync(Settings(timeout, server), keep);

    public static async Task<RedisState> ConnectAsync(RedisOptions settings, TimeSpan? keep = null)
    {
        var state = new RedisState(settings, keep ?? TimeSpan.FromMinutes(1));
        await state._recovery.StartAsync(TestContext.Current.CancellationToken);
        return state;
    }

    /// <summary>A connection with a long timeout, for tests that do not test the timeout. Test machines are busy.</summary>
    public static RedisOptions Settings(TimeSpan? timeout, params RedisServerProcess[] servers) => new()
    {
        Endpoints = [.. servers.Select(server => new HostEndpoint("127.0.0.1", (ushort)server.Port))],
        Password = servers[0].Password,
        Timeout = timeout ?? TimeSpan.FromSeconds(5),
    };

    /// <summary>A new hash.</summary>
    public static KeyIdHash NextHash()
    {
        Span<byte> hash = stackalloc byte[KeyIdHash.Length];
        BinaryPrimitives.WriteInt32BigEndian(hash, Interlocked.Increment(ref _parts));
        return KeyIdHash.Read(hash);
    }

    /// <summary>Reserves one coin of key server 14 for a new part.</summary>
    public Task<ReservationResult> ReserveAsync(uint coin) => Coins.ReserveAsync(
        new(
            new(6, 14),
            [new CoinId(0, coin)],
            0,
            NextHash(),
            Occupies: true,
            TimeSpan.FromMinutes(1),
            new(5, TimeSpan.FromMinutes(1))),
        TestContext.Current.CancellationToken).AsTask();

    /// <summary>Waits until a coin is reported as occupied. It is not granted during the wait.</summary>
    public Task BecomesOccupiedAsync(uint coin) => Eventually.IsTrueAsync(async () =>
    {
        var answer = (await ReserveAsync(coin)).Answer;
        Assert.NotEqual(ReservationAnswer.Granted, answer);
        return answer == ReservationAnswer.Occupied;
    });

    public async ValueTask DisposeAsync()
    {
        await _recovery.StopAsync(CancellationToken.None);
        _recovery.Dispose();
        Circuit.Dispose();
        await Multiplexer.DisposeAsync();
    }
}
