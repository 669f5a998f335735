using Rke.Gateway.Quotas;
using Rke.Gateway.Tests.Redis;

namespace Rke.Gateway.Tests.Quotas;

/// <summary>The contract with three replicas, which take the steps in turn.</summary>
public sealed class RedisCallerQuotaTests(RedisFixture redis)
    : CallerQuotaContract, IClassFixture<RedisFixture>, IAsyncLifetime
{
    private RedisState[] _replicas = [];
    private uint _turn;

    private protected override ICallerQuota Quota =>
        _replicas[Interlocked.Increment(ref _turn) % (uint)_replicas.Length].Quota;

    public async ValueTask InitializeAsync() => _replicas = await redis.ConnectAsync(3);

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }
    }

    private protected override Task PassAsync(TimeSpan time) => redis.PassAsync(time);
}
