using Microsoft.Extensions.Logging;

namespace Rke.UdpBridge;

/// <summary>What all links of a bridge share.</summary>
internal sealed class BridgeContext(
    UdpBridge bridge,
    UdpBridgeOptions options,
    TimeProvider time,
    IEntropySource entropy,
    ILogger logger,
    BridgeMeter meter)
{
    private readonly long _origin = time.GetTimestamp();
    private int _inFlight;

    public UdpBridge Bridge { get; } = bridge;

    public UdpBridgeOptions Options { get; } = options;

    public TimeProvider Time { get; } = time;

    public IEntropySource Entropy { get; } = entropy;

    public ILogger Logger { get; } = logger;

    public BridgeMeter Meter { get; } = meter;

    /// <summary>Time since the bridge was made; it only goes forward.</summary>
    public TimeSpan Now => Time.GetElapsedTime(_origin);

    public bool IsFull => Volatile.Read(ref _inFlight) >= Options.MaxInFlight;

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inFlight) <= Options.MaxInFlight)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>
    /// Makes a timer that is not set, and that keeps nothing of the request that happens to need it first.
    /// </summary>
    public ITimer CreateTimer(TimerCallback callback, object state)
    {
        var restore = !ExecutionContext.IsFlowSuppressed();
        var flow = restore ? ExecutionContext.SuppressFlow() : default;
        var timer = Time.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (restore)
        {
            flow.Undo();
        }

        return timer;
    }

    public void Leave() => Interlocked.Decrement(ref _inFlight);
}
