using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Rke.Gateway.Redis;
using StackExchange.Redis;

namespace Rke.Gateway.Tests.Redis;

/// <summary>The cache that replicas share in Redis.</summary>
public sealed class RedisSharedCacheTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_entry_is_visible_to_all_replicas_until_it_expires()
    {
        var replicas = await redis.ConnectAsync(2);
        await using var first = replicas[0];
        await using var second = replicas[1];
        var (one, other) = (new RedisSharedCache(first.Circuit), new RedisSharedCache(second.Circuit));
        Assert.Null(await other.FindAsync("name:domain:a.raida", Cancelled));

        var lifetime = TimeSpan.FromSeconds(1);
        await one.PutAsync("name:domain:a.raida", "value"u8.ToArray(), TimeSpan.FromHours(1), Cancelled);
        await one.PutAsync("name:domain:b.raida", "short-lived"u8.ToArray(), lifetime, Cancelled);
        var entry = await other.FindAsync("name:domain:a.raida", Cancelled);
        Assert.Equal("value", Encoding.UTF8.GetString(entry!.Value.Value.Span));
        Assert.InRange(entry.Value.Remaining, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));

        await redis.PassAsync(lifetime);
        Assert.Null(await other.FindAsync("name:domain:b.raida", Cancelled));
        Assert.NotNull(await other.FindAsync("name:domain:a.raida", Cancelled));
    }

    [Fact]
    public async Task While_Redis_is_unavailable_the_cache_is_empty_and_no_call_fails()
    {
        var settings = RedisState.Settings(null, redis.Server);
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(
            RedisClientOptions.Of(settings, NullLogger.Instance, TimeProvider.System));
        using var circuit = new RedisCircuit(
            Options.Create(settings), multiplexer, TimeProvider.System, NullLogger<RedisCircuit>.Instance);
        var cache = new RedisSharedCache(circuit);
        await cache.PutAsync("name:domain:a.raida", "value"u8.ToArray(), TimeSpan.FromHours(1), Cancelled);
        Assert.Null(await cache.FindAsync("name:domain:a.raida", Cancelled));
    }
}
