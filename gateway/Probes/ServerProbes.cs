using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Background;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.Gateway.Observability;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.Probes;

/// <summary>
/// Finds out whether each configured key server responds. A response to a call counts too, so a server with traffic gets no probes.
/// </summary>
internal sealed class ServerProbes : BackgroundLoop
{
    private static readonly TimeSpan MaxTick = TimeSpan.FromSeconds(1);

    private readonly NetworkDirectory _networks;
    private readonly ServerLinks _links;
    private readonly IOptions<ProbeOptions> _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<ServerProbes> _logger;
    private readonly ConcurrentDictionary<ServerId, WatchedServer> _servers = new();
    private readonly ProbeRequests _requests = new();

    public ServerProbes(
        NetworkDirectory networks,
        ServerLinks links,
        IOptions<ProbeOptions> options,
        IMeterFactory meters,
        BackgroundFailures failures,
        TimeProvider timeProvider,
        ILogger<ServerProbes> logger)
        : base(failures)
    {
        (_networks, _links, _options, _timeProvider, _logger) = (networks, links, options, timeProvider, logger);
        GatewayMeter.Of(meters).CreateObservableGauge(
            "rke.key_server.up", Measure, unit: null, "1 while the key server responds to the gateway, 0 while it does not.");
    }

    /// <summary>The condition of a key server.</summary>
    public ServerCondition Of(ServerId server) => _servers.TryGetValue(server, out var watched)
        ? watched.Condition
        : new(ServerState.Unknown, TimeOfDay.Now(_timeProvider), LastResponse: null, "");

    /// <summary>The number of key servers of a network that respond, or whose first probe has not ended.</summary>
    public int CountLive(Network network) =>
        network.Servers.Keys.Count(raidaId => Of(network[raidaId]).State is ServerState.Live or ServerState.Unknown);

    /// <summary>Completes when each server has been probed after this call, or at once without probes.</summary>
    public Task ProbeNowAsync(CancellationToken cancellationToken) =>
        _options.Value.Enabled ? _requests.WaitAsync(cancellationToken) : Task.CompletedTask;

    protected override async Task LoopAsync(CancellationToken stoppingToken)
    {
        var current = _options.Value;
        if (!current.Enabled)
        {
            return;
        }

        using var timer = new PeriodicTimer(current.Interval < MaxTick ? current.Interval : MaxTick, _timeProvider);
        do
        {
            var configured = _networks.Networks
                .SelectMany(network => network.Servers.Keys.Select(raidaId => (Network: network, RaidaId: raidaId)))
                .ToDictionary(server => server.Network[server.RaidaId]);
            foreach (var removed in _servers.Keys.Where(server => !configured.ContainsKey(server)))
            {
                _servers.TryRemove(removed, out _);
            }

            await _requests.RunAsync(isRequested => Task.WhenAll(configured.Values.Select(
                server => CheckAsync(server.Network, server.RaidaId, isRequested, stoppingToken))));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // A server has no value before its first probe has ended.
    private IEnumerable<Measurement<int>> Measure() =>
        from network in _networks.Networks
        from raidaId in network.Servers.Keys
        let state = Of(network[raidaId]).State
        where state != ServerState.Unknown
        select new Measurement<int>(
            state == ServerState.Live ? 1 : 0,
            new KeyValuePair<string, object?>("network", (int)network.Id),
            new KeyValuePair<string, object?>("raida_id", (int)raidaId));

    private async Task CheckAsync(Network network, byte raidaId, bool isRequested, CancellationToken stoppingToken)
    {
        var watched = _servers.GetOrAdd(
            network[raidaId], static (_, now) => new() { Condition = new(ServerState.Unknown, now, LastResponse: null, "") },
            TimeOfDay.Now(_timeProvider));
        var (now, current) = (MonotonicTime.Now(_timeProvider), _options.Value);
        if (_links.TryLinkTo(network[raidaId]) is { } link && watched.HasResponded(link))
        {
            watched.LastResponse = now;
            watched.Condition = watched.Condition with { LastResponse = TimeOfDay.Now(_timeProvider) };
            if (watched.Condition.State != ServerState.Live)
            {
                watched.LastProbe = null;
            }
        }

        var isLive = watched.Condition.State == ServerState.Live;
        var last = isLive && watched.LastResponse > watched.LastProbe ? watched.LastResponse : watched.LastProbe;
        if (isRequested || last is null || now - last >= current.Interval)
        {
            watched.LastProbe = now;
            await ProbeAsync(network, raidaId, watched, now + current.Timeout, stoppingToken);
        }
    }

    private async Task ProbeAsync(
        Network network, byte raidaId, WatchedServer watched, MonotonicTime deadline, CancellationToken stoppingToken)
    {
        ServerLink link;
        try
        {
            link = await _links.ToServerAsync(network, raidaId, new(deadline, stoppingToken));
        }
        catch (RpcException)
        {
            SetState(network[raidaId], watched, ServerState.NotResolved, $"{network.Servers[raidaId]}");
            return;
        }

        using var exchange = await ServerEcho.SendAsync(link, deadline, stoppingToken);
        if (StateOf(exchange) is { } state)
        {
            SetState(network[raidaId], watched, state, $"{link.Address.EndPoint}");
        }

        watched.HasResponded(link);
    }

    // Null if the probe shows nothing about the server.
    private static ServerState? StateOf(Exchange exchange) => exchange.Outcome switch
    {
        ExchangeOutcome.Answered when exchange.Status == WireStatus.Success => ServerState.Live,
        ExchangeOutcome.Answered or ExchangeOutcome.Hinted when exchange.Status == WireStatus.RaidaIdWrong => ServerState.WrongRaidaId,
        ExchangeOutcome.Answered or ExchangeOutcome.Hinted => ServerState.Failing,
        ExchangeOutcome.TimedOut or ExchangeOutcome.BreakerOpen => ServerState.Silent,
        ExchangeOutcome.Unreachable or ExchangeOutcome.SendFailed => ServerState.Unreachable,
        _ => null,
    };

    private void SetState(ServerId server, WatchedServer watched, ServerState state, string address)
    {
        var (before, now) = (watched.Condition, TimeOfDay.Now(_timeProvider));

        // The circuit breaker opens after an unreachable server too, and then only reports that the server did not respond.
        if (state == ServerState.Silent && before.State is not (ServerState.Live or ServerState.Unknown))
        {
            state = before.State;
        }

        watched.Condition = new(
            state,
            state == before.State ? before.Since : now,
            state == ServerState.Live ? now : before.LastResponse,
            address);
        if (state == before.State)
        {
            return;
        }

        if (watched.Condition.ProblemOf(server) is { } problem)
        {
            Log.ServerNotLive(_logger, problem);
        }
        else if (state == ServerState.Live && before.State != ServerState.Unknown)
        {
            Log.ServerLive(_logger, server, address);
        }
    }

    private sealed class WatchedServer
    {
        private volatile ServerCondition _condition = null!;
        private ServerLink? _link;
        private long _responses;

        public ServerCondition Condition
        {
            get => _condition;
            set => _condition = value;
        }

        public MonotonicTime? LastProbe { get; set; }

        public MonotonicTime? LastResponse { get; set; }

        /// <summary>Whether the server has responded since the last call of this method.</summary>
        public bool HasResponded(ServerLink link)
        {
            var responses = link.Statistics.Count(ExchangeOutcome.Answered);
            var hasResponded = link == _link && responses > _responses;
            (_link, _responses) = (link, responses);
            return hasResponded;
        }
    }
}
