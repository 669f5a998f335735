using System.Globalization;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Kme;
using Rke.Gateway.Tests.Redis;

namespace Rke.Gateway.Tests.Kme;

/// <summary>The contract tests with three replicas. Each step uses another replica.</summary>
public sealed class RedisKeyStockTests(RedisFixture redis) : KeyStockContract, IClassFixture<RedisFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    private RedisState[] _replicas = [];
    private RedisKeyStock[] _stocks = [];
    private uint _turn;

    private protected override IKeyStock Stock => _stocks[Interlocked.Increment(ref _turn) % (uint)_stocks.Length];

    public async ValueTask InitializeAsync()
    {
        _replicas = await redis.ConnectAsync(3);
        _stocks = [.. _replicas.Select(replica => new RedisKeyStock(replica.Circuit, TimeProvider.System))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_replica_at_a_time_refills_a_stock()
    {
        await AddAsync(Master, "a");
        Assert.Equal(1, await _stocks[0].TryRefillAsync(Master, "one", Lease));
        Assert.Null(await _stocks[1].TryRefillAsync(Master, "two", Lease));
        Assert.Equal(1, await _stocks[0].TryRefillAsync(Master, "one", Lease));
        await PassAsync(Lease);
        Assert.Equal(1, await _stocks[1].TryRefillAsync(Master, "two", Lease));
        Assert.Null(await _stocks[0].TryRefillAsync(Master, "one", Lease));
    }

    [Fact]
    public async Task After_a_restart_of_Redis_the_keys_of_the_master_are_gone_and_those_of_the_slave_are_kept()
    {
        // With an append-only file, a restarted Redis can have keys that it gave to the master a moment before.
        await using var server = await RedisServerProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using (var before = await RedisState.ConnectAsync(server))
        {
            var stock = new RedisKeyStock(before.Circuit, TimeProvider.System);
            await stock.AddAsync(Master, [new("a", [1])], TimeSpan.FromMinutes(1), Capacity, Cancelled);
            await stock.AddAsync(Slave, [new("a", [1])], TimeSpan.FromMinutes(1), Capacity, Cancelled);
        }

        await server.KillAsync();
        await server.StartAgainAsync();
        await using var after = await RedisState.ConnectAsync(server);
        var again = new RedisKeyStock(after.Circuit, TimeProvider.System);
        Assert.Equal(0, await again.CountAsync(Master));
        Assert.Equal(1, await again.CountAsync(Slave));
    }

    [Fact]
    public async Task A_stock_lives_as_long_as_its_last_key()
    {
        var server = redis.Server;
        await Stock.AddAsync(Slave, [new("long", [1])], TimeSpan.FromHours(1), Capacity, Cancelled);
        await Stock.AddAsync(Slave, [new("short", [1])], TimeSpan.FromSeconds(1), Capacity, Cancelled);
        foreach (var key in new[] { "e", "k" })
        {
            var answer = await server.AskAsync("TTL", $"rke:{{k:{Slave}}}:{key}");
            Assert.InRange(int.Parse(answer.Trim(':', '\r', '\n'), CultureInfo.InvariantCulture), 3600, 3660);
        }
    }

    [Fact]
    public async Task Only_the_keys_of_a_slave_are_added_again_after_an_unknown_outcome()
    {
        // Time does not pass, so a repeated command is never sent.
        await using var server = await RedisServerProcess.StartAsync();
        await using var replica = await RedisState.ConnectAsync(server);
        var stock = new RedisKeyStock(replica.Circuit, new FakeTimeProvider());
        Assert.True(await stock.AddAsync(Master, [new("a", [1])], TimeSpan.FromMinutes(1), Capacity, Cancelled));

        server.Signal("STOP");
        try
        {
            await Assert.ThrowsAsync<RpcException>(() => stock.AddAsync(Master, [new("b", [1])], TimeSpan.FromMinutes(1), Capacity, Cancelled)
                .AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancelled));
            var adding = stock.AddAsync(Slave, [new("b", [1])], TimeSpan.FromMinutes(1), Capacity, Cancelled).AsTask();
            await Assert.ThrowsAsync<TimeoutException>(() => adding.WaitAsync(TimeSpan.FromSeconds(1), Cancelled));
        }
        finally
        {
            server.Signal("CONT");
        }
    }

    private protected override Task PassAsync(TimeSpan time) => redis.PassAsync(time);
}
