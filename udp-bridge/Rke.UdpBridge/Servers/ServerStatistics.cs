using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>What is known of one server, live: every property reads the present value.</summary>
public sealed class ServerStatistics
{
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

    internal ServerStatistics()
    {
    }

    /// <summary>Smoothed round-trip time; null until an answer to a datagram that was sent once.</summary>
    public TimeSpan? SmoothedRoundTrip =>
        Interlocked.Read(ref _smoothedTicks) is >= 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>How much round-trip times vary (mean deviation).</summary>
    public TimeSpan RoundTripVariation => TimeSpan.FromTicks(Interlocked.Read(ref _variationTicks));

    /// <summary>How long the next request would wait before it is sent again.</summary>
    public TimeSpan RetransmissionTimeout => TimeSpan.FromTicks(Interlocked.Read(ref _retransmissionTicks));

    /// <summary>
    /// The share of datagrams that were not answered in time, 0 to 1, smoothed over about the last hundred.
    /// </summary>
    public double Loss => Volatile.Read(ref _loss);

    /// <summary>Requests that wait for an answer.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public BreakerState Breaker => (BreakerState)Volatile.Read(ref _breaker);

    /// <summary>Datagrams sent, retransmissions included.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public long Retransmitted => Interlocked.Read(ref _retransmitted);

    /// <summary>Datagrams that came, right or wrong.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Requests that their callers gave up.</summary>
    public long Cancelled => Interlocked.Read(ref _cancelled);

    /// <summary>Unsigned errors that were kept (docs/WIRE.md §4).</summary>
    public long Hints => Interlocked.Read(ref _hints);

    /// <summary>ICMP refusals.</summary>
    public long Refusals => Interlocked.Read(ref _refusals);

    /// <summary>
    /// Datagrams that were ignored for this reason. EchoWrong: nobody waits for it (late, repeated, forged).
    /// </summary>
    public long Dropped(WireError reason) => Interlocked.Read(ref _dropped[(int)reason]);

    /// <summary>Exchanges that ended so.</summary>
    public long Count(ExchangeOutcome outcome) => Interlocked.Read(ref _outcomes[(int)outcome]);

    internal void OnSent(int attempt)
    {
        Interlocked.Increment(ref _sent);
        if (attempt > 1)
        {
            Interlocked.Increment(ref _retransmitted);
        }
    }

    internal void OnReceived() => Interlocked.Increment(ref _received);

    internal void OnDropped(WireError reason) => Interlocked.Increment(ref _dropped[(int)reason]);

    internal void OnHint() => Interlocked.Increment(ref _hints);

    internal void OnRefused() => Interlocked.Increment(ref _refusals);

    internal void OnEnded(ExchangeOutcome outcome) => Interlocked.Increment(ref _outcomes[(int)outcome]);

    internal void OnCancelled() => Interlocked.Increment(ref _cancelled);

    internal int AddInFlight(int change) => Interlocked.Add(ref _inFlight, change);

    internal void SetBreaker(BreakerState state) => Volatile.Write(ref _breaker, (int)state);

    internal void SetRoundTrip(TimeSpan? smoothed, TimeSpan variation, TimeSpan retransmission, double loss)
    {
        Interlocked.Exchange(ref _smoothedTicks, smoothed?.Ticks ?? -1);
        Interlocked.Exchange(ref _variationTicks, variation.Ticks);
        Interlocked.Exchange(ref _retransmissionTicks, retransmission.Ticks);
        Volatile.Write(ref _loss, loss);
    }
}
