using System.Diagnostics.Metrics;
using Rke.Gateway.Sessions.Store;

namespace Rke.Gateway.Sessions;

/// <summary>What became of sessions and Signals (docs/METRICS.md).</summary>
internal sealed class SessionMeter
{
    public const string Name = "Rke.Gateway.Sessions";

    private readonly Counter<long> _signals;
    private readonly Counter<long> _sessions;

    public SessionMeter(IMeterFactory factory, ISessionStore store)
    {
        var meter = factory.Create(Name);
        _signals = meter.CreateCounter<long>(
            "rke.signals.received", unit: null, "Signals that came to the listener, by what became of them.");
        _sessions = meter.CreateCounter<long>("rke.sessions", unit: null, "Sessions that ended.");
        meter.CreateObservableGauge(
            "rke.sessions.waiting",
            () => store.Waiting,
            unit: null,
            "Arrived sessions that nobody has claimed yet, as far as this replica knows.");
    }

    public void CountSignal(string result) => _signals.Add(1, new KeyValuePair<string, object?>("result", result));

    public void CountOutgoing(string result) => CountSession("outgoing", result);

    public void CountIncoming(string result) => CountSession("incoming", result);

    private void CountSession(string direction, string result) => _sessions.Add(
        1,
        new KeyValuePair<string, object?>("direction", direction),
        new KeyValuePair<string, object?>("result", result));
}
