using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Idempotency;

namespace Rke.Gateway.Tests.Idempotency;

public sealed class InProcessIdempotencyStoreTests : IdempotencyStoreContract
{
    private const int Capacity = 3;

    private readonly FakeTimeProvider _time = new();
    private readonly InProcessIdempotencyStore _store;

    public InProcessIdempotencyStoreTests() => _store = new(_time, Keep, Capacity);

    private protected override IIdempotencyStore Store => _store;

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_full_store_drops_the_oldest_response()
    {
        foreach (var key in (string[])["a", "b", "c", "d"])
        {
            await DoAsync(Request(key, "x"));
        }

        Assert.Equal(IdempotencyAnswer.Done, (await ClaimAsync(Request("b", "x"))).Answer);
        Assert.Equal(IdempotencyAnswer.Claimed, (await ClaimAsync(Request("a", "x"))).Answer);
    }
}
