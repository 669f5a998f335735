using Rke.UdpBridge;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Bridge</c>: how datagrams are sent.</summary>
internal static class BridgeSettings
{
    public static UdpBridgeOptions Read(SettingsReader reader)
    {
        var day = TimeSpan.FromDays(1);
        var options = new UdpBridgeOptions();
        options.SocketsPerServer = reader.Number(nameof(options.SocketsPerServer), 1, 64) ?? options.SocketsPerServer;
        options.MaxInFlightPerServer = reader.Number(nameof(options.MaxInFlightPerServer), 1, 65_536)
            ?? options.MaxInFlightPerServer;
        options.MaxInFlight = reader.Number(nameof(options.MaxInFlight), 1, int.MaxValue) ?? options.MaxInFlight;
        options.InitialRetransmission = Time(nameof(options.InitialRetransmission)) ?? options.InitialRetransmission;
        options.MinRetransmission = Time(nameof(options.MinRetransmission)) ?? options.MinRetransmission;
        options.MaxRetransmission = Time(nameof(options.MaxRetransmission)) ?? options.MaxRetransmission;
        options.BreakerThreshold = reader.Number(nameof(options.BreakerThreshold), 1, int.MaxValue)
            ?? options.BreakerThreshold;
        options.MinProbeInterval = Time(nameof(options.MinProbeInterval)) ?? options.MinProbeInterval;
        options.MaxProbeInterval = Time(nameof(options.MaxProbeInterval)) ?? options.MaxProbeInterval;
        options.MaxOtherServers = reader.Number(nameof(options.MaxOtherServers), 1, 16_384) ?? options.MaxOtherServers;
        options.OtherServerIdleTime = Time(nameof(options.OtherServerIdleTime)) ?? options.OtherServerIdleTime;

        // What the values must be to one another the bridge knows itself.
        if (options.Problems().FirstOrDefault() is { } problem)
        {
            reader.Reject(problem[..problem.IndexOf(' ', StringComparison.Ordinal)], problem, "change one of the two");
        }

        return options;

        TimeSpan? Time(string key) => reader.Time(key, TimeSpan.FromMilliseconds(1), day);
    }
}
