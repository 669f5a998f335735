using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Rke.Gateway.Background;
using Rke.Gateway.Networks;
using Rke.Gateway.Observability;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// The coins that key servers refuse, as far as this replica has read them. A call that needs no reservation, such as GetKey,
/// decides without a round trip to Redis. Refusals at other replicas arrive after at most <see cref="Interval"/>.
/// </summary>
internal sealed class RefusedCoins : BackgroundLoop
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ICoinRefusals _refusals;
    private readonly NetworkDirectory _networks;
    private readonly CoinStore _coins;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<RefusedCoins> _logger;
    private readonly ConcurrentDictionary<ServerId, ConcurrentDictionary<CoinId, RestingCoin>> _resting = new();

    public RefusedCoins(
        ICoinRefusals refusals,
        NetworkDirectory networks,
        CoinStore coins,
        IMeterFactory meters,
        BackgroundFailures failures,
        TimeProvider timeProvider,
        ILogger<RefusedCoins> logger)
        : base(failures)
    {
        (_refusals, _networks, _coins, _timeProvider, _logger) = (refusals, networks, coins, timeProvider, logger);
        GatewayMeter.Of(meters).CreateObservableGauge(
            "rke.coins.refused",
            () => _networks.Networks.Select(network => new Measurement<int>(
                network.Servers.Keys.Sum(raidaId => CountAt(network[raidaId])),
                new KeyValuePair<string, object?>("network", (int)network.Id))),
            unit: null,
            "Pairs of coin and key server of which the server refuses the coin.");
    }

    /// <summary>The coins of the gateway that a key server refuses, in order.</summary>
    public IReadOnlyList<CoinId> Of(ServerId server)
    {
        if (!_resting.TryGetValue(server, out var refused) || refused.IsEmpty)
        {
            return [];
        }

        var coins = _coins.Of(server.Network);
        return
        [
            .. refused.Keys.Where(coin => coins.Find(coin) is not null)
                .OrderBy(coin => coin.SerialNumber).ThenBy(coin => coin.Denomination),
        ];
    }

    private int CountAt(ServerId server)
    {
        var coins = _coins.Of(server.Network);
        return _resting.TryGetValue(server, out var refused) ? refused.Keys.Count(coin => coins.Find(coin) is not null) : 0;
    }

    /// <summary>Whether a key server refused a coin, and the time for the next attempt has not come.</summary>
    public bool IsResting(ServerId server, CoinId coin) =>
        _resting.TryGetValue(server, out var refused)
        && refused.TryGetValue(coin, out var resting)
        && _timeProvider.GetTimestamp() < resting.Ends;

    /// <summary>A key server refused a coin.</summary>
    /// <returns>How long the coin rests.</returns>
    public async ValueTask<TimeSpan> RefuseAsync(ServerId server, CoinId coin)
    {
        var isNew = !IsResting(server, coin);
        var refusal = await _refusals.RefuseAsync(server, coin) ?? new(coin, 1, CoinRefusal.FirstRest);
        RefusedAt(server)[coin] = RestOf(server, refusal);
        if (isNew)
        {
            Log.CoinRefused(_logger, server, coin, refusal.Refusals, refusal.Rest);
        }

        return refusal.Rest;
    }

    /// <summary>A key server accepted a coin, or its key file changed. Costs nothing if the coin was not refused.</summary>
    public ValueTask AcceptAsync(ServerId server, CoinId coin)
    {
        // The first look takes no lock.
        if (!_resting.TryGetValue(server, out var refused) || !refused.ContainsKey(coin) || !refused.TryRemove(coin, out _))
        {
            return ValueTask.CompletedTask;
        }

        Log.CoinAccepted(_logger, coin, server);
        return _refusals.AcceptAsync(server, coin);
    }

    protected override async Task LoopAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _timeProvider);
        do
        {
            await Task.WhenAll(_networks.Networks.SelectMany(
                network => network.Servers.Keys.Select(raidaId => ReadAsync(network[raidaId]))));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ReadAsync(ServerId server)
    {
        // Calls can refuse and accept coins while Redis replies. Their changes are newer than the reply.
        var refused = RefusedAt(server);
        var before = refused.ToDictionary();
        if (await _refusals.FindAsync(server) is not { } found)
        {
            return;
        }

        foreach (var refusal in found)
        {
            var isKnown = before.Remove(refusal.Coin, out var resting);

            // The key file of the coin has other numbers now, so the refusals do not count.
            if (isKnown && _coins.Of(server.Network).Find(refusal.Coin) is { } loaded
                && resting.Loaded is not null && resting.Loaded != loaded)
            {
                await AcceptAsync(server, refusal.Coin);
            }
            else if (isKnown)
            {
                refused.TryUpdate(refusal.Coin, RestOf(server, refusal), resting);
            }
            else
            {
                refused.TryAdd(refusal.Coin, RestOf(server, refusal));
            }
        }

        foreach (var removed in before)
        {
            refused.TryRemove(removed);
        }
    }

    private ConcurrentDictionary<CoinId, RestingCoin> RefusedAt(ServerId server) => _resting.GetOrAdd(server, _ => new());

    private RestingCoin RestOf(ServerId server, CoinRefusal refusal) => new(
        _timeProvider.GetTimestamp() + (long)(refusal.Rest.TotalSeconds * _timeProvider.TimestampFrequency),
        _coins.Of(server.Network).Find(refusal.Coin));

    /// <param name="Ends">When the rest ends, a timestamp of this process.</param>
    /// <param name="Loaded">The coin that was refused. A coin with other numbers is another object.</param>
    private readonly record struct RestingCoin(long Ends, LoadedCoin? Loaded);
}
