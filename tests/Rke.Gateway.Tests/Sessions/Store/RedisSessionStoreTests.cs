using Rke.Gateway.Configuration;
using Rke.Gateway.Sessions.Store;
using Rke.Gateway.Tests.State;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.Sessions.Store;

/// <summary>The contract, each step by another one of three replicas.</summary>
public sealed class RedisSessionStoreTests(RedisFixture redis)
    : SessionStoreContract, IClassFixture<RedisFixture>, IAsyncLifetime
{
    private static readonly SessionsSettings Settings = new(TimeSpan.FromMinutes(1), Capacity, null, MaxWatchers: 10);

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
                replica.Circuit, replica.Multiplexer, new SystemEntropy(), TimeProvider.System, Settings)),
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
