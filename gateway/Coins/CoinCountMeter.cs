using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Rke.Gateway.Background;
using Rke.Gateway.Networks;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Coins;

/// <summary>
/// Metrics of the coins of each network: how many are free, occupied, and in cooldown, over all key servers.
/// </summary>
internal sealed class CoinCountMeter : BackgroundLoop
{
    private readonly ICoinCounter _counter;
    private readonly NetworkDirectory _networks;
    private readonly CoinStore _coinStore;
    private readonly IOptionsMonitor<CoinLimitOptions> _limit;
    private readonly TimeProvider _timeProvider;
    private volatile IReadOnlyList<(ushort Network, CoinCounts Counts)> _counts = [];

    public CoinCountMeter(
        ICoinCounter counter,
        NetworkDirectory networks,
        CoinStore coinStore,
        IOptionsMonitor<CoinLimitOptions> limit,
        IMeterFactory factory,
        BackgroundFailures failures,
        TimeProvider timeProvider)
        : base(failures)
    {
        (_counter, _networks, _coinStore, _limit, _timeProvider) = (counter, networks, coinStore, limit, timeProvider);
        var meter = GatewayMeter.Of(factory);
        meter.CreateObservableGauge(
            "rke.coins", Measure, unit: null, "Pairs of coin and key server that are free, occupied or resting.");
        meter.CreateObservableGauge(
            "rke.coins.loaded",
            () => _networks.Networks.Select(network => new Measurement<int>(
                _coinStore.Of(network.Id).Ids.Count, new KeyValuePair<string, object?>("network", (int)network.Id))),
            unit: null,
            "Coins that were read from key files.");
    }

    /// <summary>The last count of a network. Null before the first count, and while Redis is unavailable.</summary>
    public CoinCounts? Of(ushort network)
    {
        foreach (var (counted, counts) in _counts)
        {
            if (counted == network)
            {
                return counts;
            }
        }

        return null;
    }

    protected override async Task LoopAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_counter.Interval, _timeProvider);
        do
        {
            _counts = await CountAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<IReadOnlyList<(ushort Network, CoinCounts Counts)>> CountAsync(CancellationToken cancellationToken)
    {
        var counts = new List<(ushort Network, CoinCounts Counts)>();
        foreach (var network in _networks.Networks)
        {
            var coins = _coinStore.Of(network.Id).Ids;
            var sum = default(CoinCounts);
            foreach (var raidaId in network.Servers.Keys)
            {
                var found = await _counter.CountAsync(
                    network[raidaId], coins, _limit.CurrentValue.ToLimit(), cancellationToken);
                if (found is not { } count)
                {
                    // A partial sum would be wrong, so the metric has no value.
                    return [];
                }

                sum += count;
            }

            counts.Add((network.Id, sum));
        }

        return counts;
    }

    private IEnumerable<Measurement<int>> Measure()
    {
        foreach (var (network, counts) in _counts)
        {
            yield return Of(network, "free", counts.Free);
            yield return Of(network, "occupied", counts.Occupied);
            yield return Of(network, "resting", counts.InCooldown);
        }

        static Measurement<int> Of(ushort network, string state, int count) => new(
            count,
            new KeyValuePair<string, object?>("network", (int)network),
            new KeyValuePair<string, object?>("state", state));
    }
}
