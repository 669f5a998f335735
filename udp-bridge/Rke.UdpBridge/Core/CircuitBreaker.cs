namespace Rke.UdpBridge.Core;

/// <summary>
/// Opens after too many exchanges in a row without any response. Then it admits single trials, at growing intervals,
/// until a response arrives.
/// </summary>
internal sealed class CircuitBreaker(UdpBridgeOptions options)
{
    private int _silences;
    private TimeSpan _interval;

    public BreakerState State { get; private set; }

    /// <summary>When the next trial is admitted, while the breaker is open.</summary>
    public TimeSpan NextTrial { get; private set; }

    /// <summary>Notes that an exchange ended without any response. Returns true if this opens the breaker.</summary>
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

    /// <summary>Notes a response that matches a request. Returns true if this closes the breaker.</summary>
    public bool OnAlive()
    {
        _silences = 0;
        var closes = State != BreakerState.Closed;
        State = BreakerState.Closed;
        return closes;
    }

    /// <summary>Starts a trial if one is due. The caller must report how it ends.</summary>
    public bool TryBeginTrial(TimeSpan now)
    {
        if (State != BreakerState.Open || now < NextTrial)
        {
            return false;
        }

        State = BreakerState.Probing;
        return true;
    }

    /// <summary>Notes that the trial got no response. The interval before the next trial doubles.</summary>
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

    // Between 3/4 and 5/4 of the interval, so that many gateways do not send their trials at the same time.
    private void Wait(TimeSpan now, double jitter) => NextTrial = now + (_interval * (0.75 + (jitter / 2)));
}
