namespace Rke.UdpBridge;

/// <summary>
/// Opens when a server was silent too often in a row, and then lets single trials through, ever more rarely, until
/// one is answered. Not safe for use by several threads.
/// </summary>
internal sealed class Breaker(UdpBridgeOptions options)
{
    private int _silences;
    private TimeSpan _interval;

    public BreakerState State { get; private set; }

    /// <summary>When the next trial may go, while open.</summary>
    public TimeSpan NextTrial { get; private set; }

    /// <summary>An exchange ended without any answer. True when this opens the breaker.</summary>
    /// <param name="jitter">0 to 1.</param>
    public bool OnSilence(TimeSpan now, double jitter)
    {
        if (State != BreakerState.Closed || ++_silences < options.BreakerThreshold)
        {
            return false;
        }

        State = BreakerState.Open;
        _interval = options.MinProbeInterval;
        Wait(now, jitter);
        return true;
    }

    /// <summary>Something came that fits a request. True when this closes the breaker.</summary>
    public bool OnAlive()
    {
        _silences = 0;
        var closes = State != BreakerState.Closed;
        State = BreakerState.Closed;
        return closes;
    }

    /// <summary>Takes the right to one trial; whoever has it reports its end.</summary>
    public bool TryBeginTrial(TimeSpan now)
    {
        if (State != BreakerState.Open || now < NextTrial)
        {
            return false;
        }

        State = BreakerState.Probing;
        return true;
    }

    /// <summary>The trial was not answered: the next one waits twice as long.</summary>
    /// <param name="jitter">0 to 1.</param>
    public void OnTrialFailed(TimeSpan now, double jitter)
    {
        if (State != BreakerState.Probing)
        {
            return;
        }

        State = BreakerState.Open;
        _interval = 2 * _interval < options.MaxProbeInterval ? 2 * _interval : options.MaxProbeInterval;
        Wait(now, jitter);
    }

    // Between 3/4 and 5/4 of the interval, so that many gateways do not knock at the same time.
    private void Wait(TimeSpan now, double jitter) => NextTrial = now + (_interval * (0.75 + (jitter / 2)));
}
