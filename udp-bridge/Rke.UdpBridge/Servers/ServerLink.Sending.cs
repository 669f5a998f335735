using System.Net.Sockets;

namespace Rke.UdpBridge;

// Datagrams out: the first, and the same bytes again on a schedule.
public sealed partial class ServerLink
{
    private readonly TimerWheel _wheel = new();
    private ITimer? _timer;
    private long _armedTick = long.MaxValue;
    private TimeSpan _lastAnswer;

    /// <summary>Under the lock, when a datagram is about to be sent: counts it and sets the time of the next.</summary>
    private void NoteSending(PendingCall call, TimeSpan now)
    {
        call.Attempts++;
        call.LastSent = now;
        var wait = call.Wait * (1 + (call.NextFraction() / 4));
        var next = now + wait;
        var tick = TimerWheel.TickOf(next < call.Deadline ? next : call.Deadline);
        _wheel.Add(call, tick);
        if (tick < _armedTick)
        {
            Arm(tick, now);
        }
    }

    private void Transmit(PendingCall call, int attempt)
    {
        BridgeActivities.StartAttempt(call, attempt);
        var error = call.Channel!.Send(call.Datagram);
        if (error is SocketError.ConnectionRefused or SocketError.ConnectionReset)
        {
            // The refusal of an earlier datagram, told here: this one has not been sent.
            OnRefused(call.Channel, sender: attempt == 1 ? call : null);
            error = call.IsFinished ? error : call.Channel.Send(call.Datagram);
        }
        else if (error == SocketError.MessageSize)
        {
            // A router on the way has told of a narrower path, which the system knows from now on.
            error = call.Channel.Send(call.Datagram);
        }

        switch (error)
        {
            case SocketError.Success:
                Statistics.OnSent(attempt);
                _context.Meter.OnSent(this, attempt);
                break;
            case SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable
                or SocketError.ConnectionRefused or SocketError.ConnectionReset:
                // As good as lost on the way: it is sent again in time.
                break;
            default:
                if (attempt == 1)
                {
                    End(call, ExchangeOutcome.SendFailed);
                }

                break;
        }
    }

    private void Retransmit(List<PendingCall> calls)
    {
        foreach (var call in calls)
        {
            if (!call.IsFinished)
            {
                Transmit(call, call.Attempts);
            }
        }
    }

    private void OnTimer()
    {
        List<PendingCall> due = [];
        List<(PendingCall Call, Exchange Exchange)>? ended = null;
        lock (_gate)
        {
            var now = _context.Now;
            _wheel.Advance(now, due);
            due.RemoveAll(call =>
            {
                var hinted = call.Hint is not null && (call.Attempts > call.HintAttempt || now >= call.Deadline);
                if (hinted || now >= call.Deadline)
                {
                    var outcome = hinted ? ExchangeOutcome.Hinted : ExchangeOutcome.TimedOut;
                    Finish(call, outcome, now);
                    (ended ??= []).Add((call, Describe(call, outcome, now)));
                    return true;
                }

                BackOff(call);
                NoteSending(call, now);
                return false;
            });

            _armedTick = long.MaxValue;
            if (_wheel.NextTick() is { } tick)
            {
                Arm(tick, now);
            }
        }

        foreach (var (call, exchange) in ended ?? [])
        {
            Complete(call, exchange);
        }

        Retransmit(due);
    }

    /// <summary>
    /// Doubles the wait where the server has been silent. Where it has answered others meanwhile, the datagram was just
    /// lost, and waiting long would help nobody: the wait grows by a quarter.
    /// </summary>
    private void BackOff(PendingCall call)
    {
        var wait = (_lastAnswer > call.LastSent ? 1.25 : 2) * call.Wait;
        call.Wait = wait < _context.Options.MaxRetransmission ? wait : _context.Options.MaxRetransmission;
    }

    private void Arm(long tick, TimeSpan now)
    {
        _armedTick = tick;
        _timer ??= _context.CreateTimer(static state => ((ServerLink)state!).OnTimer(), this);

        // The system's timers cut off parts of a millisecond; a little late is right, a little early is for nothing.
        var wait = (TimerWheel.TimeOf(tick) - now).TotalMilliseconds;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(wait))), Timeout.InfiniteTimeSpan);
    }
}
