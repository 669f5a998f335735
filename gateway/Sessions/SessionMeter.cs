using System.Diagnostics.Metrics;
using Rke.Gateway.Sessions.Store;

namespace Rke.Gateway.Sessions;

/// <summary>Counts sessions and Signals by their result (docs/METRICS.md).</summary>
internal sealed class SessionMeter
{
    public const string Name = "Rke.Gateway.Sessions";

    /// <summary>The counter of sessions that ended, with the tags <c>direction</c> and <c>result</c>.</summary>
    public const string Ended = "rke.sessions";

    private readonly Counter<long> _signals;
    private readonly Counter<long> _sessions;

    public SessionMeter(IMeterFactory factory, ISessionStore store)
    {
        var meter = factory.Create(Name);
        _signals = meter.CreateCounter<long>(
            "rke.signals.received", unit: null, "Signals that the listener received, by result.");
        _sessions = meter.CreateCounter<long>(Ended, unit: null, "Sessions that ended.");
        meter.CreateObservableGauge(
            "rke.sessions.waiting",
            () => store.Waiting,
            unit: null,
            "Arrived sessions that wait to be claimed, as last seen by this replica.");
    }

    public void CountSignal(string result) => _signals.Add(1, new KeyValuePair<string, object?>("result", result));

    public void CountOutgoing(string result) => CountSession("outgoing", result);

    public void CountIncoming(string result) => CountSession("incoming", result);

    private void CountSession(string direction, string result) => _sessions.Add(
        1,
        new KeyValuePair<string, object?>("direction", direction),
        new KeyValuePair<string, object?>("result", result));
}
