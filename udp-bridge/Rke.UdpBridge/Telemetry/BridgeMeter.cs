using System.Diagnostics;
using System.Diagnostics.Metrics;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// The meter "Rke.UdpBridge". Tags are the network and the RAIDA id, "other" for all servers that only callers name;
/// what is a server's state at a moment is told of configured servers only.
/// </summary>
internal sealed class BridgeMeter : IDisposable
{
    public const string Name = "Rke.UdpBridge";

    private static readonly InstrumentAdvice<double> RoundTrips = new()
    {
        HistogramBucketBoundaries = [.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10],
    };

    private readonly Meter _meter;
    private readonly Func<IEnumerable<ServerLink>> _configured;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _retransmitted;
    private readonly Counter<long> _received;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _exchanges;
    private readonly Histogram<double> _roundTrip;

    /// <param name="configured">The links to configured servers.</param>
    /// <param name="factory">Where the process makes its meters; null = nowhere in particular.</param>
    public BridgeMeter(Func<IEnumerable<ServerLink>> configured, IMeterFactory? factory)
    {
        _meter = factory?.Create(Name) ?? new Meter(Name);
        _configured = configured;
        _sent = _meter.CreateCounter<long>(
            "rke.udp.datagrams.sent", "{datagram}", "Datagrams sent, retransmissions included.");
        _retransmitted = _meter.CreateCounter<long>(
            "rke.udp.datagrams.retransmitted", "{datagram}", "Datagrams sent again.");
        _received = _meter.CreateCounter<long>(
            "rke.udp.datagrams.received", "{datagram}", "Datagrams that came, right or wrong.");
        _dropped = _meter.CreateCounter<long>(
            "rke.udp.datagrams.dropped", "{datagram}", "Datagrams that were ignored, by reason.");
        _refused = _meter.CreateCounter<long>("rke.udp.refusals", "{refusal}", "ICMP refusals.");
        _exchanges = _meter.CreateCounter<long>("rke.udp.exchanges", "{exchange}", "Exchanges that ended, by outcome.");
        _roundTrip = _meter.CreateHistogram<double>(
            "rke.udp.round_trip", "s", "From the only datagram of an exchange to its answer.", tags: null, RoundTrips);
        Gauge("rke.udp.in_flight", "{exchange}", "Exchanges that wait for an answer.",
            static link => link.Statistics.InFlight);
        Gauge("rke.udp.breaker", null, "0 closed, 1 open, 2 probing.", static link => (int)link.Statistics.Breaker);
        Gauge("rke.udp.loss.ratio", "1", "Share of datagrams that were not answered in time.",
            static link => link.Statistics.Loss);
        Gauge("rke.udp.smoothed_round_trip", "s", "Smoothed round-trip time; 0 before the first answer.",
            static link => (link.Statistics.SmoothedRoundTrip ?? default).TotalSeconds);
        Gauge("rke.udp.retransmission_timeout", "s", "How long the next request waits before it is sent again.",
            static link => link.Statistics.RetransmissionTimeout.TotalSeconds);
    }

    public static KeyValuePair<string, object?>[] Tags(ServerAddress address) =>
        [new("network", (int)address.Network), new("raida_id", (int)address.RaidaId)];

    public static KeyValuePair<string, object?>[] TagsOfOther(ServerAddress address) =>
        [new("network", (int)address.Network), new("raida_id", "other")];

    public void OnSent(ServerLink link, int attempt)
    {
        _sent.Add(1, link.Tags);
        if (attempt > 1)
        {
            _retransmitted.Add(1, link.Tags);
        }
    }

    public void OnReceived(ServerLink link) => _received.Add(1, link.Tags);

    public void OnRefused(ServerLink link) => _refused.Add(1, link.Tags);

    public void OnRoundTrip(ServerLink link, TimeSpan roundTrip) =>
        _roundTrip.Record(roundTrip.TotalSeconds, link.Tags);

    public void OnDropped(ServerLink link, WireError reason)
    {
        if (_dropped.Enabled)
        {
            _dropped.Add(1, With(link, "reason", reason.ToString()));
        }
    }

    /// <param name="outcome">Null when the caller gave up.</param>
    public void OnEnded(ServerLink link, ExchangeOutcome? outcome)
    {
        if (_exchanges.Enabled)
        {
            _exchanges.Add(1, With(link, "outcome", outcome?.ToString() ?? "Cancelled"));
        }
    }

    public void Dispose() => _meter.Dispose();

    private static TagList With(ServerLink link, string name, string value) =>
        new([.. link.Tags, new(name, value)]);

    private void Gauge(string name, string? unit, string description, Func<ServerLink, double> read) =>
        _meter.CreateObservableGauge(name, () => Observe(read), unit, description);

    private IEnumerable<Measurement<double>> Observe(Func<ServerLink, double> read)
    {
        foreach (var link in _configured())
        {
            yield return new(read(link), link.Tags);
        }
    }
}
