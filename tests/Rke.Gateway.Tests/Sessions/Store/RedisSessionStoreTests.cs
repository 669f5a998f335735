using Microsoft.Extensions.Options;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Store;
using Rke.Gateway.Tests.Redis;

namespace Rke.Gateway.Tests.Sessions.Store;

/// <summary>The contract tests with three replicas. Each step uses another replica.</summary>
public sealed class RedisSessionStoreTests(RedisFixture redis)
    : SessionStoreContract, IClassFixture<RedisFixture>, IAsyncLifetime
{
    private static readonly IOptions<SessionsOptions> Settings = Options.Create(
        new SessionsOptions { Lifetime = TimeSpan.FromMinutes(1), Capacity = Capacity });

    private RedisState[] _replicas = [];
    private RedisSessionStore[] _stores = [];
    private uint _turn;

    private protected override ISessionStore Store => _stores[Interlocked.Increment(ref _turn) % (uint)_stores.Length];

    public async ValueTask InitializeAsync()
    {
        _replicas = await redis.ConnectAsync(3);
        _stores =
        [
            .. _replicas.Select(replica => new RedisSessionStore(
                replica.Circuit, replica.Multiplexer, TimeProvider.System, Settings)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }
    }

    private protected override Task PassAsync(TimeSpan time) => redis.PassAsync(time);
}
