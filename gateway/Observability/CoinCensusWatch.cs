using System.Diagnostics.Metrics;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Gateway.Reload;
using Rke.Gateway.State;

namespace Rke.Gateway.Observability;

/// <summary>Counts from time to time how many coins are free, occupied and resting, over all key servers of a network.</summary>
internal sealed class CoinCensusWatch : BackgroundService
{
    private readonly ICoinCensus _census;
    private readonly NetworkDirectory _networks;
    private readonly CoinShelf _shelf;
    private readonly LiveSettings _live;
    private readonly TimeProvider _timeProvider;
    private volatile IReadOnlyList<(ushort Network, CoinCounts Counts)> _counts = [];

    public CoinCensusWatch(
        ICoinCensus census,
        NetworkDirectory networks,
        CoinShelf shelf,
        LiveSettings live,
        IMeterFactory factory,
        TimeProvider timeProvider)
    {
        (_census, _networks, _shelf, _live, _timeProvider) = (census, networks, shelf, live, timeProvider);
        var meter = GatewayMeter.Of(factory);
        meter.CreateObservableGauge(
            "rke.coins", Measure, unit: null, "Pairs of coin and key server that are free, occupied or resting.");
        meter.CreateObservableGauge(
            "rke.coins.loaded",
            () => _networks.Networks.Select(network => new Measurement<int>(
                _shelf.Of(network.Id).Ids.Count, new KeyValuePair<string, object?>("network", (int)network.Id))),
            unit: null,
            "Coins that were read from key files.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_census.Interval, _timeProvider);
        try
        {
            do
            {
                _counts = await CountAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task<IReadOnlyList<(ushort Network, CoinCounts Counts)>> CountAsync(CancellationToken cancellationToken)
    {
        var counts = new List<(ushort Network, CoinCounts Counts)>();
        foreach (var network in _networks.Networks)
        {
            var coins = _shelf.Of(network.Id).Ids;
            var sum = default(CoinCounts);
            foreach (var raidaId in network.Servers.Keys)
            {
                var found = await _census.CountAsync(
                    network[raidaId], coins, _live.CoinLimit.ToLimit(), cancellationToken);
                if (found is not { } count)
                {
                    // Half a sum would be wrong; none says that nobody knows.
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
            yield return Of(network, "resting", counts.Resting);
        }

        static Measurement<int> Of(ushort network, string state, int count) => new(
            count,
            new KeyValuePair<string, object?>("network", (int)network),
            new KeyValuePair<string, object?>("state", state));
    }
}
