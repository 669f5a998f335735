using System.Diagnostics;
using System.Diagnostics.Metrics;
using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// The meter "Rke.UdpBridge". The tags are the network and the RAIDA id. The RAIDA id is "other" for servers that are
/// not configured. Only configured servers have gauges.
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
    private readonly Counter<long> _replaced;
    private readonly Counter<long> _exchanges;
    private readonly Histogram<double> _roundTrip;

    /// <param name="configured">The links to configured servers.</param>
    /// <param name="factory">Creates the meter. Null for a meter without a factory.</param>
    public BridgeMeter(Func<IEnumerable<ServerLink>> configured, IMeterFactory? factory)
    {
        _meter = factory?.Create(Name) ?? new Meter(Name);
        _configured = configured;
        _sent = _meter.CreateCounter<long>(
            "rke.udp.datagrams.sent", "{datagram}", "Datagrams sent, including retransmissions.");
        _retransmitted = _meter.CreateCounter<long>(
            "rke.udp.datagrams.retransmitted", "{datagram}", "Datagrams sent again.");
        _received = _meter.CreateCounter<long>(
            "rke.udp.datagrams.received", "{datagram}", "Datagrams received, valid or not.");
        _dropped = _meter.CreateCounter<long>(
            "rke.udp.datagrams.dropped", "{datagram}", "Datagrams dropped, by reason.");
        _refused = _meter.CreateCounter<long>("rke.udp.refusals", "{refusal}", "ICMP messages: server unreachable.");
        _replaced = _meter.CreateCounter<long>(
            "rke.udp.sockets.replaced", "{socket}", "Sockets replaced by sockets on other ports, by reason.");
        _exchanges = _meter.CreateCounter<long>("rke.udp.exchanges", "{exchange}", "Exchanges that ended, by outcome.");
        _roundTrip = _meter.CreateHistogram<double>(
            "rke.udp.round_trip",
            "s",
            "Time from the datagram to the response, for exchanges with one datagram.",
            tags: null,
            RoundTrips);
        Gauge("rke.udp.in_flight", "{exchange}", "Exchanges that wait for a response.",
            static link => link.Statistics.InFlight);
        Gauge("rke.udp.breaker", null, "0 closed, 1 open, 2 probing.", static link => (int)link.Statistics.Breaker);
        Gauge("rke.udp.loss.ratio", "1", "Share of datagrams without a response in time.",
            static link => link.Statistics.Loss);
        Gauge("rke.udp.smoothed_round_trip", "s", "Smoothed round-trip time. 0 before the first response.",
            static link => (link.Statistics.SmoothedRoundTrip ?? default).TotalSeconds);
        Gauge("rke.udp.retransmission_timeout", "s", "How long the next request waits before it is sent again.",
            static link => link.Statistics.RetransmissionTimeout.TotalSeconds);
    }

    public void OnSent(ServerLink link, int attempt)
    {
        _sent.Add(1, link.Tags.Server);
        if (attempt > 1)
        {
            _retransmitted.Add(1, link.Tags.Server);
        }
    }

    public void OnReceived(ServerLink link, int count) => _received.Add(count, link.Tags.Server);

    public void OnRefused(ServerLink link) => _refused.Add(1, link.Tags.Server);

    public void OnSocketReplaced(ServerLink link, ReplacementReason reason) =>
        _replaced.Add(1, With(link, "reason", reason.ToString()));

    public void OnRoundTrip(ServerLink link, TimeSpan roundTrip) =>
        _roundTrip.Record(roundTrip.TotalSeconds, link.Tags.Server);

    public void OnDropped(ServerLink link, WireError reason)
    {
        if (_dropped.Enabled)
        {
            _dropped.Add(1, With(link, "reason", reason.ToString()));
        }
    }

    /// <param name="outcome">Null if the caller cancelled the exchange.</param>
    public void OnEnded(ServerLink link, ExchangeOutcome? outcome) => _exchanges.Add(1, link.Tags.Of(outcome));

    public void Dispose() => _meter.Dispose();

    private static TagList With(ServerLink link, string name, string value) =>
        new([.. link.Tags.Server, new(name, value)]);

    private void Gauge(string name, string? unit, string description, Func<ServerLink, double> read) =>
        _meter.CreateObservableGauge(name, () => Observe(read), unit, description);

    private IEnumerable<Measurement<double>> Observe(Func<ServerLink, double> read)
    {
        foreach (var link in _configured())
        {
            yield return new(read(link), link.Tags.Server);
        }
    }
}
