using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Tests.Coins;

/// <summary>A replica reads the refusals of all key servers at once.</summary>
public sealed class RefusedCoinsReadTests
{
    [Fact]
    public async Task No_read_waits_for_another_one()
    {
        await using var network = await TestNetwork.StartAsync(coins: 1);
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var servers = gateway.Services.GetRequiredService<NetworkDirectory>().Networks.Sum(one => one.Servers.Count);
        Assert.True(servers > 1);
        var refusals = new WaitingRefusals(servers);
        using var coins = ActivatorUtilities.CreateInstance<RefusedCoins>(gateway.Services, refusals);
        await coins.StartAsync(TestContext.Current.CancellationToken);
        await refusals.AllBegan.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await coins.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Refusals whose reads end when all of them have begun.</summary>
    private sealed class WaitingRefusals(int reads) : ICoinRefusals
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _begun;

        public Task AllBegan => _all.Task;

        public ValueTask<CoinRefusal?> RefuseAsync(ServerId server, CoinId coin) => default;

        public ValueTask AcceptAsync(ServerId server, CoinId coin) => default;

        public async ValueTask<IReadOnlyList<CoinRefusal>?> FindAsync(ServerId server)
        {
            if (Interlocked.Increment(ref _begun) == reads)
            {
                _all.SetResult();
            }

            await _all.Task;
            return [];
        }
    }
}
