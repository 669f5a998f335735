using System.Text;
using Rke.Gateway.Idempotency;
using Rke.Gateway.Tests.Redis;

namespace Rke.Gateway.Tests.Idempotency;

/// <summary>The contract with three replicas, which take the steps in turn.</summary>
public sealed class RedisIdempotencyStoreTests(RedisFixture redis)
    : IdempotencyStoreContract, IClassFixture<RedisFixture>, IAsyncLifetime
{
    private RedisState[] _replicas = [];
    private uint _turn;

    private protected override IIdempotencyStore Store =>
        _replicas[Interlocked.Increment(ref _turn) % (uint)_replicas.Length].Idempotency;

    public async ValueTask InitializeAsync() => _replicas = await redis.ConnectAsync(3, Keep);

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }
    }

    [Fact]
    public async Task Redis_contains_neither_the_key_nor_the_request_nor_the_response()
    {
        var request = Request("caller's key", "the request");
        var claim = await ClaimAsync(request);
        await Store.StoreAsync(request, claim.Ticket, Encoding.UTF8.GetBytes("the answer"));
        Assert.Equal("the answer", Encoding.UTF8.GetString((await ClaimAsync(request)).Response.Span));

        var key = (await redis.Server.AskAsync("KEYS", "*")).Split("\r\n").Single(name => name.StartsWith("rke:i:"));
        Assert.DoesNotContain("caller", key);
        var stored = await redis.Server.AskAsync("HGETALL", key);
        Assert.DoesNotContain("the request", stored);
        Assert.DoesNotContain("the answer", stored);
    }

    private protected override Task PassAsync(TimeSpan time) => redis.PassAsync(time);
}
