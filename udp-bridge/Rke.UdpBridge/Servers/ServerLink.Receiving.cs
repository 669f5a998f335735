using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Rke.Wire;

namespace Rke.UdpBridge;

// Datagrams in, and everything else that sockets say.
public sealed partial class ServerLink
{
    /// <summary>So long after a call ended unanswered, a refusal may still be its own and not a later call's.</summary>
    private static readonly TimeSpan LateRefusal = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Judges a datagram by docs/WIRE.md §4: it answers one call, hints at its end, or is counted and dropped.
    /// </summary>
    internal void OnDatagram(UdpChannel channel, ReadOnlySpan<byte> datagram)
    {
        Statistics.OnReceived();
        _context.Meter.OnReceived(this);
        if (datagram.Length > ProfileRules.MaxResponseLength)
        {
            Drop(WireError.TooLong);
            return;
        }

        PendingCall? answered;
        ResponseFrame frame;
        WireError error;
        TimeSpan now;
        lock (_gate)
        {
            now = _context.Now;
            answered = Match(Address.Profile, channel, datagram, out frame, out error);
            if (answered is not null)
            {
                _lastAnswer = now;
                _roundTrip.OnAnswer(now - answered.FirstSent, now - answered.LastSent, answered.Attempts);
                PublishRoundTrip();
                Finish(answered, ExchangeOutcome.Answered, now);
            }
        }

        if (answered is not null)
        {
            if (answered.Attempts == 1)
            {
                _context.Meter.OnRoundTrip(this, now - answered.FirstSent);
            }

            Complete(answered, new(Address, answered.Expected, frame, answered.Iv, answered.Cipher)
            {
                Attempts = answered.Attempts,
                RoundTrip = now - answered.FirstSent,
            });
        }
        else if (error == WireError.None)
        {
            Statistics.OnHint();
        }
        else
        {
            Drop(error);
        }
    }

    /// <summary>The datagram was cut off by the system: no response is that long.</summary>
    internal void OnTruncated()
    {
        Statistics.OnReceived();
        _context.Meter.OnReceived(this);
        Drop(WireError.TooLong);
    }

    /// <summary>
    /// ICMP says that nothing listens there. That is true for every call on the socket, except that it may come late:
    /// when a call on this socket ended unanswered shortly before, the first refusal makes the others ask again at
    /// once, and only the second one, which only a datagram sent meanwhile can have caused, ends them.
    /// </summary>
    /// <param name="sender">A call whose datagram has not been sent yet.</param>
    internal void OnRefused(UdpChannel channel, PendingCall? sender)
    {
        Statistics.OnRefused();
        _context.Meter.OnRefused(this);
        Log.Refused(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint);
        List<PendingCall> again = [];
        List<(PendingCall Call, Exchange Exchange)> ended = [];
        lock (_gate)
        {
            var now = _context.Now;
            foreach (var call in channel.Calls.ToArray())
            {
                if (call == sender)
                {
                    continue;
                }

                if (now < channel.SuspectUntil && !call.WasRefused)
                {
                    call.WasRefused = true;
                    _wheel.Remove(call);
                    NoteSending(call, now);
                    again.Add(call);
                }
                else
                {
                    Finish(call, ExchangeOutcome.Unreachable, now);
                    ended.Add((call, Describe(call, ExchangeOutcome.Unreachable, now)));
                }
            }

            if (ended.Count > 0)
            {
                NoteSilence(now, ended.Find(static end => end.Call.IsTrial).Call ?? ended[0].Call);
            }

            if (ended.Count > 1)
            {
                channel.SuspectUntil = now + LateRefusal;
            }
        }

        foreach (var (call, exchange) in ended)
        {
            Complete(call, exchange);
        }

        Retransmit(again);
    }

    /// <summary>A fault of ours while a datagram was handled. The loop goes on.</summary>
    internal void OnFault(Exception exception) =>
        Log.DatagramFault(_context.Logger, exception, Address.Network, Address.RaidaId, Address.EndPoint);

    private static PendingCall? Match(
        WireProfile profile,
        UdpChannel channel,
        ReadOnlySpan<byte> datagram,
        out ResponseFrame frame,
        out WireError error)
    {
        frame = default;
        error = WireError.None;
        var first = datagram.Length < ResponseHeader.Length
            ? null
            : channel.Find(BinaryPrimitives.ReadUInt16BigEndian(datagram[6..]));
        for (var call = first; call is not null; call = call.SameEcho)
        {
            switch (ResponseFrame.Examine(call.Expected, datagram, out frame, out error))
            {
                case ResponseVerdict.Believed:
                    return call;

                // With two calls that wait for this echo, nobody knows whose hint it is.
                case ResponseVerdict.Hint when first!.SameEcho is null:
                    call.HintAttempt = call.Hint is null ? call.Attempts : call.HintAttempt;
                    call.Hint = (frame.Header, frame.IsHeaderError);
                    error = WireError.None;
                    return null;
            }
        }

        // Nobody waits for it: late, repeated, or forged. Its own faults are the better reason.
        if (first is null && ResponseFrame.TryRead(profile, datagram, out frame, out error))
        {
            error = WireError.EchoWrong;
        }

        return null;
    }

    private void Drop(WireError reason)
    {
        Statistics.OnDropped(reason);
        _context.Meter.OnDropped(this, reason);
        if (_context.Logger.IsEnabled(LogLevel.Debug))
        {
            Log.Dropped(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint, reason);
        }
    }
}
