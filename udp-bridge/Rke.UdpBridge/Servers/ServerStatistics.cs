using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>The state of one server. Every property returns the current value.</summary>
public sealed class ServerStatistics
{
    // One thread at a time writes, except where a method says otherwise. Any thread reads.
    private readonly long[] _dropped = new long[Enum.GetValues<WireError>().Length];
    private readonly long[] _outcomes = new long[Enum.GetValues<ExchangeOutcome>().Length];
    private long _smoothedTicks = -1;
    private long _variationTicks;
    private long _retransmissionTicks;
    private double _loss;
    private int _inFlight;
    private int _breaker;
    private long _sent;
    private long _retransmitted;
    private long _received;
    private long _cancelled;
    private long _refusals;
    private long _hints;
    private long _replacedSockets;

    internal ServerStatistics()
    {
    }

    /// <summary>The smoothed round-trip time. Null before the first response to a datagram that was sent once.</summary>
    public TimeSpan? SmoothedRoundTrip =>
        Volatile.Read(ref _smoothedTicks) is >= 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>The variation of the round-trip time (mean deviation).</summary>
    public TimeSpan RoundTripVariation => TimeSpan.FromTicks(Volatile.Read(ref _variationTicks));

    /// <summary>How long the next request waits before it is sent again.</summary>
    public TimeSpan RetransmissionTimeout => TimeSpan.FromTicks(Volatile.Read(ref _retransmissionTicks));

    /// <summary>
    /// The share of datagrams without a response in time, 0 to 1, smoothed over about the last hundred.
    /// </summary>
    public double Loss => Volatile.Read(ref _loss);

    /// <summary>Requests that wait for a response.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>The state of the circuit breaker.</summary>
    public BreakerState Breaker => (BreakerState)Volatile.Read(ref _breaker);

    /// <summary>Datagrams sent, including retransmissions.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Datagrams sent again.</summary>
    public long Retransmitted => Volatile.Read(ref _retransmitted);

    /// <summary>Datagrams received, valid or not.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Requests that their callers cancelled.</summary>
    public long Cancelled => Volatile.Read(ref _cancelled);

    /// <summary>Unsigned errors that were kept (docs/WIRE.md §4).</summary>
    public long Hints => Volatile.Read(ref _hints);

    /// <summary>ICMP messages that the server is unreachable.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    /// <summary>Sockets that did not work any more, and were replaced by sockets on other ports.</summary>
    public long ReplacedSockets => Volatile.Read(ref _replacedSockets);

    /// <summary>
    /// Datagrams that were dropped for this reason. EchoWrong: no request waits for them (late, repeated or forged).
    /// </summary>
    public long Dropped(WireError reason) => Volatile.Read(ref _dropped[(int)reason]);

    /// <summary>Exchanges with this outcome.</summary>
    public long Count(ExchangeOutcome outcome) => Volatile.Read(ref _outcomes[(int)outcome]);

    /// <summary>Counts a datagram. Several threads may call this at a time.</summary>
    internal void OnSent(int attempt)
    {
        Interlocked.Increment(ref _sent);
        if (attempt > 1)
        {
            Interlocked.Increment(ref _retransmitted);
        }
    }

    internal void OnReceived() => Increment(ref _received);

    /// <param name="error">Why the datagram was dropped. None if it was kept as a hint.</param>
    internal void OnUnmatched(WireError error) =>
        Increment(ref error == WireError.None ? ref _hints : ref _dropped[(int)error]);

    internal void OnRefused() => Increment(ref _refusals);

    internal void OnSocketReplaced() => Increment(ref _replacedSockets);

    internal void OnEnded(ExchangeOutcome outcome) => Increment(ref _outcomes[(int)outcome]);

    internal void OnCancelled() => Increment(ref _cancelled);

    internal void AddInFlight(int change) => Volatile.Write(ref _inFlight, _inFlight + change);

    internal void SetBreaker(BreakerState state) => Volatile.Write(ref _breaker, (int)state);

    internal void SetRoundTrip(TimeSpan? smoothed, TimeSpan variation, TimeSpan retransmission, double loss)
    {
        Volatile.Write(ref _smoothedTicks, smoothed?.Ticks ?? -1);
        Volatile.Write(ref _variationTicks, variation.Ticks);
        Volatile.Write(ref _retransmissionTicks, retransmission.Ticks);
        Volatile.Write(ref _loss, loss);
    }

    private static void Increment(ref long counter) => Volatile.Write(ref counter, counter + 1);
}

/// <summary>Whether the circuit breaker lets requests through to a server.</summary>
public enum BreakerState
{
    /// <summary>Requests are sent.</summary>
    Closed,

    /// <summary>The server did not respond for too long. Requests fail at once until it responds again.</summary>
    Open,

    /// <summary>Open, and one request is in flight that tests whether the server responds again.</summary>
    Probing,
}
