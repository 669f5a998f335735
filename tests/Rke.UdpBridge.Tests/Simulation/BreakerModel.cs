namespace Rke.UdpBridge.Tests.Simulation;

/// <summary>The rule of the circuit breaker in its simplest form, to compare the core with.</summary>
internal sealed class BreakerModel(UdpBridgeOptions options)
{
    private int _silences;
    private TimeSpan _openedAt;
    private TimeSpan _interval;

    public BreakerState State { get; private set; }

    /// <summary>Open and Closed, in the order of the changes.</summary>
    public List<BreakerState> Changes { get; } = [];

    /// <summary>The jitter decides when exactly the next trial is admitted.</summary>
    public TimeSpan EarliestTrial => _openedAt + (0.75 * _interval);

    public TimeSpan LatestTrial => _openedAt + (1.25 * _interval);

    public void Silence(TimeSpan now, bool isTrial)
    {
        var opens = isTrial
            ? State == BreakerState.Probing
            : State == BreakerState.Closed && ++_silences >= options.BreakerThreshold;
        if (opens)
        {
            Open(now, isTrial);
        }
    }

    public void Alive()
    {
        _silences = 0;
        if (State != BreakerState.Closed)
        {
            State = BreakerState.Closed;
            Changes.Add(State);
        }
    }

    public void BeginTrial() => State = BreakerState.Probing;

    private void Open(TimeSpan now, bool isTrial)
    {
        State = BreakerState.Open;
        _openedAt = now;
        if (!isTrial)
        {
            _interval = options.MinProbeInterval;
            Changes.Add(State);
            return;
        }

        _interval *= 2;
        _interval = _interval < options.MaxProbeInterval ? _interval : options.MaxProbeInterval;
    }
}
