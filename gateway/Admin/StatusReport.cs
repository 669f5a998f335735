using System.Diagnostics;
using System.Reflection;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.Coins;
using Rke.Gateway.Health;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.Gateway.Probes;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Store;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Admin;

/// <summary>GetStatus: readiness, networks, limits and recent failures.</summary>
internal sealed class StatusReport(
    HealthCheckService checks,
    NetworkDirectory networks,
    ServerLinks links,
    ServerProbes probes,
    CoinStore coinStore,
    CoinCountMeter counts,
    RefusedCoins refusedCoins,
    ISessionStore sessions,
    RecentFailures failures,
    SessionCounts sessionCounts,
    IOptions<SessionsOptions> sessionsOptions,
    IOptions<UdpBridgeOptions> bridgeOptions)
{
    private static readonly Timestamp StartTime = Timestamp.FromDateTime(Process.GetCurrentProcess().StartTime.ToUniversalTime());

    private static readonly string Version = typeof(StatusReport).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public async Task<GetStatusResponse> FindAsync(CallScope scope)
    {
        var report = await checks.CheckHealthAsync(scope.Cancellation);
        var response = new GetStatusResponse
        {
            Version = Version,
            StartTime = StartTime,
            Ready = report.Status != HealthStatus.Unhealthy,
        };
        response.Reasons.AddRange(HealthLines.Of(report, HealthStatus.Unhealthy));
        response.Warnings.AddRange(HealthLines.Of(report, HealthStatus.Degraded));
        response.Networks.AddRange(networks.Networks.Where(network => scope.Permit.Allows(network.Id)).Select(StatusOf));
        response.Limits.AddRange(Limits());
        response.RecentFailures.AddRange(failures.Find());
        response.Sessions.AddRange(sessionCounts.Find());
        return response;
    }

    private NetworkStatus StatusOf(Network network)
    {
        var status = new NetworkStatus
        {
            Network = network.Id,
            Profile = network.Profile.ToString().ToLowerInvariant(),
            LiveServers = (uint)probes.CountLive(network),
            Servers = (uint)network.Servers.Count,
            Coins = (uint)coinStore.Of(network.Id).Ids.Count,
        };
        if (counts.Of(network.Id) is { } pairs)
        {
            status.Pairs = new()
            {
                Free = (uint)pairs.Free,
                Occupied = (uint)pairs.Occupied,
                Resting = (uint)pairs.InCooldown,
                Refused = (uint)network.Servers.Keys.Sum(raidaId => refusedCoins.Of(network[raidaId]).Count),
            };
        }

        return status;
    }

    private IEnumerable<LimitStatus> Limits()
    {
        yield return new()
        {
            Name = "sessions",
            Used = (ulong)sessions.Waiting,
            Maximum = (ulong)sessionsOptions.Value.Capacity,
            Setting = "Rke:Sessions:Capacity",
        };
        yield return new()
        {
            Name = "datagrams",
            Used = (ulong)networks.Networks.Sum(network => network.Servers.Keys.Sum(
                raidaId => links.TryLinkTo(network[raidaId])?.Statistics.InFlight ?? 0)),
            Maximum = (ulong)bridgeOptions.Value.MaxInFlight,
            Setting = "Rke:Bridge:MaxInFlight",
        };
    }
}
