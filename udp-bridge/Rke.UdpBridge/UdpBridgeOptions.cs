namespace Rke.UdpBridge;

/// <summary>How the bridge treats its servers. The defaults suit servers on the Internet and on loopback.</summary>
public sealed record UdpBridgeOptions
{
    /// <summary>Sockets, each with its own random source port, to every configured server.</summary>
    public int SocketsPerServer { get; set; } = 4;

    /// <summary>Requests that may wait for one server at a time.</summary>
    public int MaxInFlightPerServer { get; set; } = 4096;

    /// <summary>Requests that may wait in all.</summary>
    public int MaxInFlight { get; set; } = 32768;

    /// <summary>The first wait before a retransmission to a server that has never answered.</summary>
    public TimeSpan InitialRetransmission { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>No first wait is shorter, however fast the server.</summary>
    public TimeSpan MinRetransmission { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>No wait is longer, however often the datagram was sent.</summary>
    public TimeSpan MaxRetransmission { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>So many requests in a row without any answer open the breaker.</summary>
    public int BreakerThreshold { get; set; } = 5;

    /// <summary>The first pause between probes while the breaker is open; it doubles.</summary>
    public TimeSpan MinProbeInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause between probes.</summary>
    public TimeSpan MaxProbeInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Servers that are kept besides the configured ones (targets of signals, endpoints that callers name).
    /// </summary>
    public int MaxOtherServers { get; set; } = 256;

    /// <summary>A server that is not configured is forgotten after so long without a request.</summary>
    public TimeSpan OtherServerIdleTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>What is wrong with these values: each names the property and the fix. Empty when all is well.</summary>
    public IEnumerable<string> Problems()
    {
        if (SocketsPerServer is < 1 or > 64)
        {
            yield return $"{nameof(SocketsPerServer)} is {SocketsPerServer}: it must be 1 to 64.";
        }

        if (MaxInFlightPerServer is < 1 or > 65536)
        {
            yield return $"{nameof(MaxInFlightPerServer)} is {MaxInFlightPerServer}: it must be 1 to 65536.";
        }

        if (MaxInFlight < 1)
        {
            yield return $"{nameof(MaxInFlight)} is {MaxInFlight}: it must be at least 1.";
        }

        if (MinRetransmission < TimeSpan.FromMilliseconds(1) || MinRetransmission > MaxRetransmission)
        {
            yield return $"{nameof(MinRetransmission)} is {MinRetransmission}: "
                + $"it must be at least 1 ms and at most {nameof(MaxRetransmission)} ({MaxRetransmission}).";
        }

        if (InitialRetransmission < MinRetransmission || InitialRetransmission > MaxRetransmission)
        {
            yield return $"{nameof(InitialRetransmission)} is {InitialRetransmission}: "
                + $"it must lie between {nameof(MinRetransmission)} and {nameof(MaxRetransmission)}.";
        }

        if (MaxRetransmission > TimeSpan.FromMinutes(5))
        {
            yield return $"{nameof(MaxRetransmission)} is {MaxRetransmission}: it must be at most 5 minutes.";
        }

        if (BreakerThreshold < 1)
        {
            yield return $"{nameof(BreakerThreshold)} is {BreakerThreshold}: it must be at least 1.";
        }

        if (MinProbeInterval < TimeSpan.FromMilliseconds(1) || MinProbeInterval > MaxProbeInterval)
        {
            yield return $"{nameof(MinProbeInterval)} is {MinProbeInterval}: "
                + $"it must be at least 1 ms and at most {nameof(MaxProbeInterval)} ({MaxProbeInterval}).";
        }

        if (MaxProbeInterval > TimeSpan.FromDays(1))
        {
            yield return $"{nameof(MaxProbeInterval)} is {MaxProbeInterval}: it must be at most a day.";
        }

        if (MaxOtherServers is < 1 or > 16384)
        {
            yield return $"{nameof(MaxOtherServers)} is {MaxOtherServers}: it must be 1 to 16384.";
        }

        if (OtherServerIdleTime < TimeSpan.FromSeconds(1) || OtherServerIdleTime > TimeSpan.FromDays(1))
        {
            yield return $"{nameof(OtherServerIdleTime)} is {OtherServerIdleTime}: "
                + "it must be between a second and a day.";
        }
    }
}
