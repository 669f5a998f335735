namespace Rke.UdpBridge;

// How calls end, and what the breaker learns from it.
public sealed partial class ServerLink
{
    private ITimer? _probeTimer;

    internal void Cancel(PendingCall call)
    {
        lock (_gate)
        {
            if (call.IsFinished)
            {
                return;
            }

            Finish(call, outcome: null, _context.Now);
        }

        NoteCancelled();
        BridgeActivities.Stop(call, exchange: null);
        call.SetCancelled();
    }

    private void NoteCancelled()
    {
        Statistics.OnCancelled();
        _context.Meter.OnEnded(this, outcome: null);
    }

    private void End(PendingCall call, ExchangeOutcome outcome)
    {
        Exchange exchange;
        lock (_gate)
        {
            if (call.IsFinished)
            {
                return;
            }

            var now = _context.Now;
            Finish(call, outcome, now);
            exchange = Describe(call, outcome, now);
        }

        Complete(call, exchange);
    }

    /// <summary>Under the lock: takes a call out. Whoever does this completes it outside of the lock.</summary>
    /// <param name="outcome">Null when the caller gave up.</param>
    private void Finish(PendingCall call, ExchangeOutcome? outcome, TimeSpan now)
    {
        call.IsFinished = true;
        call.Channel!.Remove(call);
        _wheel.Remove(call);
        _lastUsed = now;
        Statistics.AddInFlight(-1);
        _context.Leave();

        switch (outcome)
        {
            case ExchangeOutcome.Answered or ExchangeOutcome.Hinted:
                if (_breaker.OnAlive())
                {
                    PublishBreaker();
                    Log.BreakerClosed(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint);
                }

                break;
            case ExchangeOutcome.TimedOut or null:
                call.Channel.SuspectUntil = now + LateRefusal;
                _roundTrip.OnLost(outcome is null ? call.Attempts - 1 : call.Attempts);
                PublishRoundTrip();

                // A caller that does not even wait for one retransmission says nothing of the server.
                if (call.IsTrial || call.Attempts > 1)
                {
                    NoteSilence(now, call);
                }

                break;
            case ExchangeOutcome.SendFailed when call.IsTrial:
                NoteSilence(now, call);
                break;
        }
    }

    private void NoteSilence(TimeSpan now, PendingCall call)
    {
        if (call.IsTrial)
        {
            _breaker.OnTrialFailed(now, call.NextFraction());
        }
        else if (_breaker.OnSilence(now, call.NextFraction()))
        {
            Log.BreakerOpened(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint);
        }
        else
        {
            return;
        }

        PublishBreaker();
        ScheduleProbe(now);
    }

    private Exchange Describe(PendingCall call, ExchangeOutcome outcome, TimeSpan now)
    {
        TimeSpan? retryAfter = _breaker.State == BreakerState.Closed ? null : RetryAfter();
        var (header, isHeaderError) = call.Hint.GetValueOrDefault();
        return outcome == ExchangeOutcome.Hinted
            ? new(Address, outcome, call.Expected, header, isHeaderError)
            {
                Attempts = call.Attempts,
                RoundTrip = now - call.FirstSent,
            }
            : new(Address, outcome)
            {
                Attempts = call.Attempts,
                RoundTrip = now - call.FirstSent,
                RetryAfter = retryAfter,
            };
    }

    private void Complete(PendingCall call, Exchange exchange)
    {
        // Finished under the lock, so the registration is final; and it must not be waited for here.
        call.Registration.Unregister();
        Statistics.OnEnded(exchange.Outcome);
        _context.Meter.OnEnded(this, exchange.Outcome);
        BridgeActivities.Stop(call, exchange);
        call.SetResult(exchange);
    }

    /// <summary>Only configured servers are knocked at; to others, the next caller's request is the trial.</summary>
    private void ScheduleProbe(TimeSpan now)
    {
        if (!IsConfigured || _breaker.State != BreakerState.Open || _state != LinkState.Listed)
        {
            return;
        }

        _probeTimer ??= _context.CreateTimer(static state => ((ServerLink)state!).OnProbeTimer(), this);
        var wait = _breaker.NextTrial - now;
        _probeTimer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void OnProbeTimer()
    {
        lock (_gate)
        {
            var now = _context.Now;
            if (!IsConfigured || !_breaker.TryBeginTrial(now))
            {
                ScheduleProbe(now);
                return;
            }

            PublishBreaker();
        }

        SendProbe();
    }

    private void PublishBreaker() => Statistics.SetBreaker(_breaker.State);

    private void PublishRoundTrip() =>
        Statistics.SetRoundTrip(_roundTrip.Smoothed, _roundTrip.Variation, _roundTrip.Timeout, _roundTrip.Loss);
}
