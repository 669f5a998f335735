using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rke.Gateway.State;
using StackExchange.Redis;

namespace Rke.Gateway.Tests.State;

/// <summary>What one replica tells, the others know, for a while.</summary>
public sealed class RedisSharedMemoryTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_replica_tells_the_others_know_until_its_time_is_over()
    {
        var replicas = await redis.ConnectAsync(2);
        await using var first = replicas[0];
        await using var second = replicas[1];
        var (one, other) = (new RedisSharedMemory(first.Circuit), new RedisSharedMemory(second.Circuit));
        Assert.Null(await other.FindAsync("name:domain:a.raida", Cancelled));

        var lifetime = TimeSpan.FromSeconds(1);
        await one.PutAsync("name:domain:a.raida", "told"u8.ToArray(), TimeSpan.FromHours(1), Cancelled);
        await one.PutAsync("name:domain:b.raida", "soon over"u8.ToArray(), lifetime, Cancelled);
        var told = await other.FindAsync("name:domain:a.raida", Cancelled);
        Assert.Equal("told", Encoding.UTF8.GetString(told!.Value.Span));

        await redis.PassAsync(lifetime);
        Assert.Null(await other.FindAsync("name:domain:b.raida", Cancelled));
        Assert.NotNull(await other.FindAsync("name:domain:a.raida", Cancelled));
    }

    [Fact]
    public async Task While_redis_is_not_reached_nobody_knows_anything_and_nobody_fails()
    {
        var settings = RedisState.Settings(null, redis.Server);
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(
            RedisOptions.Of(settings, NullLogger.Instance));
        using var circuit = new RedisCircuit(
            settings, multiplexer, TimeProvider.System, NullLogger<RedisCircuit>.Instance);
        var memory = new RedisSharedMemory(circuit);
        await memory.PutAsync("name:domain:a.raida", "told"u8.ToArray(), TimeSpan.FromHours(1), Cancelled);
        Assert.Null(await memory.FindAsync("name:domain:a.raida", Cancelled));
    }
}
