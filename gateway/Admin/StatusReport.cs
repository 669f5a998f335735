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
using Rke.Gateway.Redis;
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
    CallsInFlight calls,
    CoinProbes coinProbes,
    IOptions<ProbeOptions> probeOptions,
    IOptions<SessionsOptions> sessionsOptions,
    IOptions<UdpBridgeOptions> bridgeOptions,
    IOptionsMonitor<AdmissionOptions> admissionOptions,
    TimeProvider timeProvider,
    IStateHealth? stateHealth = null,
    RedisClock? clock = null)
{
    private static readonly TimeSpan MaxProbeTime = TimeSpan.FromSeconds(8);

    // The rest of the response needs some time before the deadline.
    private static readonly TimeSpan ProbeReserve = TimeSpan.FromMilliseconds(500);

    private static readonly Timestamp StartTime = Timestamp.FromDateTime(Process.GetCurrentProcess().StartTime.ToUniversalTime());

    private static readonly string Version = typeof(StatusReport).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public async Task<GetStatusResponse> FindAsync(GetStatusRequest request, CallScope scope)
    {
        if (request.Probe)
        {
            await ProbeAsync(scope);
        }

        var state = await StateAsync();
        var report = await checks.CheckHealthAsync(scope.Cancellation);
        var response = new GetStatusResponse
        {
            Version = Version,
            StartTime = StartTime,
            Ready = report.Status != HealthStatus.Unhealthy,
            State = state,
            Probes = probeOptions.Value.Enabled,
        };
        response.Reasons.AddRange(HealthLines.Of(report, HealthStatus.Unhealthy));
        response.Warnings.AddRange(HealthLines.Of(report, HealthStatus.Degraded));
        response.Findings.AddRange(Findings.Of(report));
        response.Networks.AddRange(networks.Networks.Where(network => scope.Permit.Allows(network.Id)).Select(StatusOf));
        response.Limits.AddRange(Limits());
        response.RecentFailures.AddRange(failures.Find());
        response.Sessions.AddRange(sessionCounts.Find());

        // Last, so that a caller can compare its own clock with the moment of the response.
        response.Time = Timestamp.FromDateTimeOffset(TimeOfDay.Now(timeProvider));
        return response;
    }

    // The servers first, because only servers that respond can check coins.
    private async Task ProbeAsync(CallScope scope)
    {
        var left = scope.Deadline - MonotonicTime.Now(timeProvider) - ProbeReserve;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(scope.Cancellation);
        limit.CancelAfter(left < TimeSpan.Zero ? TimeSpan.Zero : left < MaxProbeTime ? left : MaxProbeTime);
        try
        {
            await probes.ProbeNowAsync(limit.Token);
            await coinProbes.ProbeNowAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!scope.Cancellation.IsCancellationRequested)
        {
            // The report shows what the probes have found until now.
        }
    }

    private async Task<StateStatus> StateAsync()
    {
        if (stateHealth is null)
        {
            return new() { Kind = StateStatus.Types.Kind.Process, Up = true };
        }

        var status = new StateStatus { Kind = StateStatus.Types.Kind.Redis, Up = stateHealth.IsUp };
        if (clock is not null && await clock.ReadAsync() is { } reading)
        {
            status.RoundTrip = Duration.FromTimeSpan(reading.RoundTrip);
            status.ClockOffset = Duration.FromTimeSpan(reading.Offset);
        }

        return status;
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
            Name = "calls",
            Used = (ulong)calls.Calls,
            Maximum = (ulong)admissionOptions.CurrentValue.MaxCalls,
            Setting = "Rke:Grpc:MaxCalls",
        };
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
