namespace Rke.UdpBridge;

/// <summary>The settings of the bridge. The defaults suit servers on the Internet and on loopback.</summary>
public sealed record UdpBridgeOptions
{
    /// <summary>
    /// How the bridge sends and receives: <c>native</c> (system calls of Linux for many datagrams at once), <c>sockets</c>
    /// (.NET sockets), or <c>automatic</c> (native if the system supports it)
    /// </summary>
    public BridgeTransport Transport { get; set; }

    /// <summary>Sockets per configured server, each with a random source port</summary>
    public int SocketsPerServer { get; set; } = 4;

    /// <summary>Maximum number of requests in flight to one server</summary>
    public int MaxInFlightPerServer { get; set; } = 4096;

    /// <summary>Maximum number of requests in flight to all servers</summary>
    public int MaxInFlight { get; set; } = 32768;

    /// <summary>First wait before a retransmission to a server that has never responded</summary>
    public TimeSpan InitialRetransmission { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Minimum wait before a retransmission</summary>
    public TimeSpan MinRetransmission { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Maximum wait before a retransmission</summary>
    public TimeSpan MaxRetransmission { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Number of consecutive requests without any response that opens the circuit breaker of a server</summary>
    public int BreakerThreshold { get; set; } = 5;

    /// <summary>Minimum interval between probes of a server that does not respond. The interval doubles.</summary>
    public TimeSpan MinProbeInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Maximum interval between probes of a server that does not respond</summary>
    public TimeSpan MaxProbeInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Maximum number of servers that the bridge keeps in addition to the configured ones: targets of Signals, and
    /// endpoints that callers name
    /// </summary>
    public int MaxOtherServers { get; set; } = 256;

    /// <summary>The bridge removes a server that is not configured after this time without a request</summary>
    public TimeSpan OtherServerIdleTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The invalid values. Each text names the property and its valid values.</summary>
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
        else if (InitialRetransmission < MinRetransmission || InitialRetransmission > MaxRetransmission)
        {
            yield return $"{nameof(InitialRetransmission)} is {InitialRetransmission}: "
                + $"it must be between {nameof(MinRetransmission)} and {nameof(MaxRetransmission)}.";
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
            yield return $"{nameof(MaxProbeInterval)} is {MaxProbeInterval}: it must be at most one day.";
        }

        if (MaxOtherServers is < 1 or > 16384)
        {
            yield return $"{nameof(MaxOtherServers)} is {MaxOtherServers}: it must be 1 to 16384.";
        }

        if (OtherServerIdleTime < TimeSpan.FromSeconds(1) || OtherServerIdleTime > TimeSpan.FromDays(1))
        {
            yield return $"{nameof(OtherServerIdleTime)} is {OtherServerIdleTime}: "
                + "it must be between one second and one day.";
        }
    }
}

/// <summary>How the bridge sends and receives datagrams. The checks of responses are the same.</summary>
public enum BridgeTransport
{
    /// <summary>Native on Linux, if the system allows its system calls. Otherwise Sockets.</summary>
    Automatic,

    /// <summary>System calls of Linux for many datagrams at once. The bridge does not start without them.</summary>
    Native,

    /// <summary>.NET sockets. They work on every operating system.</summary>
    Sockets,
}
