using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.UdpBridge.Tests.Simulation;

/// <summary>A pending exchange that checks its retransmission schedule and its end.</summary>
internal sealed class SimulatedExchange(
    EncodedRequest request, CoinCipher? cipher, ResponseIv iv, TimeSpan deadline, int index, KeyIdHash? hash)
    : PendingExchange(request, cipher, iv, deadline)
{
    private TimeSpan _minWait;
    private TimeSpan _maxWait;
    private TimeSpan _lastSent;
    private bool _wasRepeated;
    private int _lastAttempt;
    private int _resends;

    /// <summary>-1 for a probe.</summary>
    public int Index => index;

    /// <summary>The part that the request gets. Null for an Echo.</summary>
    public KeyIdHash? Hash => hash;

    public bool HasEnded { get; private set; }

    /// <summary>Notes a datagram that the core requests.</summary>
    /// <param name="firstWait">The retransmission timeout of the server when the exchange started.</param>
    /// <param name="slack">How late timers can fire.</param>
    public void CheckTransmit(
        TimeSpan now,
        int attempt,
        bool isRefusal,
        bool isSendFailure,
        TimeSpan firstWait,
        UdpBridgeOptions options,
        TimeSpan slack)
    {
        Check(!HasEnded, "a datagram is sent after the end");
        Check(now <= Deadline + slack, "a datagram is sent after the deadline");
        Check(attempt == Attempts, "the attempts are not counted");
        if (attempt == _lastAttempt)
        {
            Check(isSendFailure, "a datagram is sent twice without a failure");
            Check(++_resends <= 2, "a datagram that cannot be sent is sent again too often");
            return;
        }

        _lastAttempt = attempt;
        if (attempt == 1)
        {
            (_minWait, _maxWait) = (firstWait, firstWait);
        }
        else if (isRefusal)
        {
            Check(!_wasRepeated, "a second refusal repeats the datagram");
            _wasRepeated = true;
        }
        else
        {
            Check(now >= _lastSent + _minWait, "a retransmission is early");
            Check(now <= _lastSent + (1.25 * _maxWait) + slack, "a retransmission is late");
            _minWait = Min(1.25 * _minWait, options.MaxRetransmission);
            _maxWait = Min(2 * _maxWait, options.MaxRetransmission);
        }

        _lastSent = now;
    }

    /// <summary>Notes the end of the exchange.</summary>
    /// <param name="result">Null if the exchange was cancelled.</param>
    public void CheckEnd(TimeSpan now, Exchange? result, WireProfile profile, bool canBeHinted, TimeSpan slack)
    {
        Check(!HasEnded, "the exchange ends twice");
        Check(IsFinished, "the exchange has ended, but is not marked");
        Check(now <= Deadline + slack, "the exchange ends after its deadline");
        HasEnded = true;
        if (result is null)
        {
            return;
        }

        Check(result.Attempts == Attempts, "the result has another number of attempts");
        Check(result.RoundTrip == now - FirstSent, "the result has another round-trip time");
        switch (result.Outcome)
        {
            case ExchangeOutcome.Answered:
                CheckAnswer(result, profile);
                break;
            case ExchangeOutcome.Hinted:
                Check(canBeHinted, "the result is a hint, but the server gave none");
                break;
            case ExchangeOutcome.TimedOut:
                Check(now >= Deadline, "the exchange times out before its deadline");
                break;
        }
    }

    public void Check(bool isTrue, string complaint)
    {
        if (!isTrue)
        {
            throw new PropertyViolation($"Exchange {index}: {complaint}.");
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void CheckAnswer(Exchange result, WireProfile profile)
    {
        if (Hash is not { } wanted)
        {
            Check(result.Status == WireStatus.Success, "the response to an Echo has another status");
            return;
        }

        if (!ModelKeyServer.HasPart(wanted))
        {
            Check(result.Status == WireStatus.KeyNotFound, "the response has the status of another request");
            return;
        }

        Span<byte> part = stackalloc byte[KeyIdHash.Length];
        ModelKeyServer.CopyPart(wanted, part);
        Check(
            GetKeyAnswer.TryRead(profile, result.Payload, out var answer, out _) && answer.KeyPart.SequenceEqual(part),
            "the response belongs to another request");
    }
}

/// <summary>A property that does not hold.</summary>
internal sealed class PropertyViolation(string message) : Exception(message);
