using Microsoft.Extensions.Logging;
using Rke.UdpBridge.Core;
using Rke.UdpBridge.Transports;

namespace Rke.UdpBridge;

/// <summary>What all links of a bridge share.</summary>
internal sealed class BridgeContext(
    BridgeClient bridge,
    UdpBridgeOptions options,
    TimeProvider time,
    IEntropySource entropy,
    IDatagramTransport transport,
    ILogger logger,
    BridgeMeter meter,
    Action<IThreadPoolWorkItem> schedule)
{
    private readonly long _origin = time.GetTimestamp();

    public BridgeClient Bridge { get; } = bridge;

    public UdpBridgeOptions Options { get; } = options;

    public TimeProvider Time { get; } = time;

    /// <summary>For challenges and echoes only.</summary>
    public IEntropySource Entropy { get; } = entropy is SystemEntropy ? new BufferedEntropy() : entropy;

    public IDatagramTransport Transport { get; } = transport;

    public ILogger Logger { get; } = logger;

    public BridgeMeter Meter { get; } = meter;

    /// <summary>Null if the transport sends datagrams one by one.</summary>
    public SendQueue? SendQueue { get; } = transport.SendsBatches ? new(schedule) : null;

    public InFlightLimit InFlight { get; } = new(options.MaxInFlight);

    /// <summary>The time since the bridge was created. It never goes back.</summary>
    public TimeSpan Now => Time.GetElapsedTime(_origin);

    /// <summary>
    /// Creates a timer that is not set, and that keeps nothing of the request that needs it first. An exception of the
    /// callback is logged: without this, it would end the process.
    /// </summary>
    public ITimer CreateTimer(TimerCallback callback, object state)
    {
        var restore = !ExecutionContext.IsFlowSuppressed();
        var flow = restore ? ExecutionContext.SuppressFlow() : default;
        var timer = Time.CreateTimer(Guarded, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (restore)
        {
            flow.Undo();
        }

        return timer;

        void Guarded(object? timerState)
        {
            try
            {
                callback(timerState);
            }
#pragma warning disable CA1031 // Any exception would end the process.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.TimerFault(Logger, exception);
            }
        }
    }
}
