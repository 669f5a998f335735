using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Rke.Gateway.Background;
using Rke.Gateway.Coins;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Probes;

/// <summary>
/// Checks that key servers accept the coins of the gateway, with an encrypted Echo. A refused coin rests like one that a call used
/// (<see cref="RefusedCoins"/>), so calls do not use it.
/// </summary>
internal sealed class CoinProbes(
    NetworkDirectory networks,
    ServerLinks links,
    ServerProbes servers,
    CoinStore coinStore,
    RefusedCoins refusedCoins,
    ServerEcho echo,
    IOptions<ProbeOptions> options,
    BackgroundFailures failures,
    TimeProvider timeProvider)
    : BackgroundLoop(failures)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // Callers cannot make the gateway check the coins more often.
    private static readonly TimeSpan RequestInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<ServerId, CheckedCoins> _checked = new();
    private readonly ProbeRequests _requests = new();
    private MonotonicTime? _lastRequest;

    /// <summary>
    /// Completes when a sample of the coins has been checked after this call on the servers that respond, or within the seconds before.
    /// </summary>
    public Task ProbeNowAsync(CancellationToken cancellationToken) =>
        options.Value is { Enabled: true, MaxCoins: > 0 } ? _requests.WaitAsync(cancellationToken) : Task.CompletedTask;

    protected override async Task LoopAsync(CancellationToken stoppingToken)
    {
        var current = options.Value;
        if (!current.Enabled || current.MaxCoins == 0)
        {
            return;
        }

        using var timer = new PeriodicTimer(current.Interval < Tick ? current.Interval : Tick, timeProvider);
        do
        {
            await _requests.RunAsync(isRequested => CheckAllAsync(isRequested, stoppingToken));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private Task CheckAllAsync(bool isRequested, CancellationToken stoppingToken)
    {
        var now = MonotonicTime.Now(timeProvider);
        if (isRequested && (_lastRequest is null || now - _lastRequest >= RequestInterval))
        {
            _lastRequest = now;
            _checked.Clear();
        }

        var checks = new List<Task>();
        foreach (var network in networks.Networks)
        {
            var coins = coinStore.Of(network.Id);
            foreach (var raidaId in network.Servers.Keys)
            {
                // A server that does not respond is not evidence about a coin.
                if (servers.Of(network[raidaId]).State == ServerState.Live)
                {
                    checks.Add(CheckAsync(network, raidaId, coins, stoppingToken));
                }
            }
        }

        return Task.WhenAll(checks);
    }

    private async Task CheckAsync(Network network, byte raidaId, NetworkCoins coins, CancellationToken stoppingToken)
    {
        var server = network[raidaId];
        foreach (var coin in Select(server, coins))
        {
            if (links.TryLinkTo(server) is not { } link || !await CheckAsync(network, link, coin, stoppingToken))
            {
                // Checks all of them when the server responds again.
                _checked.TryRemove(server, out _);
                return;
            }
        }
    }

    // Returns false if the exchange shows nothing about the coin.
    private async Task<bool> CheckAsync(Network network, ServerLink link, CoinId coin, CancellationToken stoppingToken)
    {
        if (coinStore.TryLease(network.Id, coin) is not { } leased)
        {
            return true;
        }

        using var lease = leased;
        var server = network[link.Address.RaidaId];
        var deadline = MonotonicTime.Now(timeProvider) + options.Value.Timeout;
        using var exchange = await echo.SendAsync(link, network, lease, deadline, stoppingToken);
        if (ExchangeFailures.IsCoinRefused(exchange))
        {
            await refusedCoins.RefuseAsync(server, coin);
            return true;
        }

        if (exchange is not { Outcome: ExchangeOutcome.Answered, Status: WireStatus.Success })
        {
            return false;
        }

        await refusedCoins.AcceptAsync(server, coin);
        return true;
    }

    // The refused coins whose rest has ended, and a sample of the coins that were not checked.
    private List<CoinId> Select(ServerId server, NetworkCoins coins)
    {
        var refused = refusedCoins.Of(server);
        List<CoinId> selected = [.. refused.Where(coin => !refusedCoins.IsResting(server, coin))];
        var (done, now) = (_checked.GetValueOrDefault(server), MonotonicTime.Now(timeProvider));
        var isExpired = done is null || now >= done.ExpiresAt;
        if (!isExpired && done!.Coins == coins)
        {
            return selected;
        }

        HashSet<CoinId> known = isExpired ? [] : [.. done!.Ids.Where(coin => done.Coins.Find(coin) == coins.Find(coin))];
        CoinId[] others = [.. coins.Ids.Where(coin => !known.Contains(coin) && !refused.Contains(coin))];
        Random.Shared.Shuffle(others);
        CoinId[] sample = [.. others.Take(options.Value.MaxCoins)];
        known.UnionWith(sample);
        _checked[server] = new(coins, known, isExpired ? now + options.Value.CoinInterval : done!.ExpiresAt);
        selected.AddRange(sample);
        return selected;
    }

    /// <summary>The coins that a key server has accepted or refused, or that are being checked.</summary>
    private sealed record CheckedCoins(NetworkCoins Coins, HashSet<CoinId> Ids, MonotonicTime ExpiresAt);
}
