using System.Collections.Concurrent;
using Rke.Gateway.Tests.Redis;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Tests.KeyServers;

public sealed class RedisNonceTests
{
    private const ulong Unleased = 1UL << 63;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replicas_never_use_the_same_nonce_for_a_server()
    {
        await using var server = await RedisServerProcess.StartAsync();
        var nonces = new ConcurrentDictionary<ulong, int>();
        var drawn = 0;
        for (var generation = 0; generation < 2; generation++)
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
            {
                await using var replica = await RedisState.ConnectAsync(server);
                for (var draw = 0u; draw < 70_000; draw++)
                {
                    var nonce = await replica.Nonces.NextAsync(new(6, 14, new CoinId(0, draw % 7)), Cancelled);
                    Assert.True(nonces.TryAdd(nonce.Value, 0));
                    Assert.True(nonce.Value < Unleased);
                    Interlocked.Increment(ref drawn);
                }
            }));
        }

        Assert.Equal(drawn, nonces.Count);
    }

    [Fact]
    public async Task An_echo_repeats_only_after_all_others()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var replica = await RedisState.ConnectAsync(server);
        var echoes = new HashSet<ushort>();
        for (var draw = 0; draw < 65_536; draw++)
        {
            Assert.True(echoes.Add((await replica.Nonces.NextAsync(new(6, 14, new CoinId(0, 1)), Cancelled)).Echo));
        }
    }

    [Fact]
    public async Task A_Redis_that_lost_its_data_leases_no_range_twice()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var replica = await RedisState.ConnectAsync(server);
        var before = await replica.Leases.LeaseAsync(6, 14, 0);
        await server.KillAsync();
        await server.StartAgainAsync();
        await using var other = await RedisState.ConnectAsync(server);
        Assert.True(await other.Leases.LeaseAsync(6, 14, 0) > before);

        // The last lease of the replica counts, even if the clock of Redis went back.
        Assert.Equal((1L << 46) + 1, await other.Leases.LeaseAsync(6, 14, 1L << 46));
    }

    [Fact]
    public async Task Without_Redis_nonces_continue_from_the_lease_and_then_from_a_separate_range()
    {
        await using var server = await RedisServerProcess.StartAsync();
        await using var replica = await RedisState.ConnectAsync(server);
        var scope = new NonceScope(6, 14, new CoinId(0, 1));
        var first = await replica.Nonces.NextAsync(scope, Cancelled);
        await server.KillAsync();
        await Eventually.IsTrueAsync(async () => await replica.Leases.LeaseAsync(6, 14, 0) is null);
        Assert.Equal(first.Value >> 16, (await replica.Nonces.NextAsync(scope, Cancelled)).Value >> 16);

        var elsewhere = scope with { RaidaId = 15 };
        var own = (await replica.Nonces.NextAsync(elsewhere, Cancelled)).Value;
        Assert.True(own >= Unleased);
        Assert.Equal(own + 1, (await replica.Nonces.NextAsync(elsewhere, Cancelled)).Value);
    }
}
