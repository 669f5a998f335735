using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Rke.Gateway.Coins;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.Gateway.Probes;
using Rke.Gateway.Redis;
using Rke.Gateway.Reload;
using Rke.Wire;

namespace Rke.Gateway.Health;

/// <summary>Unhealthy while a configured network has no coin.</summary>
internal sealed class CoinHealthCheck(NetworkDirectory networks, CoinStore coins) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthLines.ToResult(
            HealthStatus.Unhealthy,
            networks.Networks
                .Where(network => coins.Of(network.Id).Ids.Count == 0)
                .Select(network =>
                    $"Network {network.Id} has no coin; put RAIDA key files of the network into the folder of Rke:Keys:Path.")));
}

/// <summary>
/// Degraded while a configured key server does not respond, or too few key servers of a network do. Calls to the others succeed.
/// </summary>
internal sealed class KeyServerHealthCheck(
    NetworkDirectory networks, ServerProbes servers, IOptions<ProbeOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthLines.ToResult(HealthStatus.Degraded, networks.Networks.SelectMany(ProblemsOf)));

    private IEnumerable<string> ProblemsOf(Network network)
    {
        var (live, all) = (servers.CountLive(network), network.Servers.Count);
        if (live < Math.Min(options.Value.MinLiveServers, all))
        {
            yield return $"Network {network.Id} has {live} live key servers of {all}; start the others, or replace them. Calls and sessions that need more of them fail.";
        }

        foreach (var raidaId in network.Servers.Keys.Order())
        {
            if (servers.Of(network[raidaId]).ProblemOf(network[raidaId]) is { } problem)
            {
                yield return problem;
            }
        }
    }
}

/// <summary>Degraded while a key server refuses coins of the gateway. Calls use the other coins.</summary>
internal sealed class RefusedCoinHealthCheck(NetworkDirectory networks, RefusedCoins refusedCoins) : IHealthCheck
{
    private const int MaxListed = 5;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthLines.ToResult(
            HealthStatus.Degraded,
            from network in networks.Networks
            from raidaId in network.Servers.Keys.Order()
            let coins = refusedCoins.Of(network[raidaId])
            where coins.Count > 0
            select $"Key server {network[raidaId]} refuses {coins.Count} coins ({ListOf(coins)}); check their key files."));

    private static string ListOf(IReadOnlyList<CoinId> coins) =>
        string.Join(", ", coins.Take(MaxListed)) + (coins.Count > MaxListed ? ", …" : "");
}

/// <summary>Degraded while key files cannot be read. The coins that were loaded before stay in use.</summary>
internal sealed class KeyFileHealthCheck(KeyFolder folder) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthLines.ToResult(HealthStatus.Degraded, folder.Problems));
}

/// <summary>
/// Degraded while the host name of a key server cannot be resolved. Calls to the other key servers succeed.
/// </summary>
internal sealed class KeyServerNameHealthCheck(ServerLinks links) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthLines.ToResult(HealthStatus.Degraded, links.NameProblems));
}

/// <summary>Degraded while records of the gateway's domains, or of its peers' domains, cannot work.</summary>
internal sealed class DomainHealthCheck(DomainProbes domains) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthLines.ToResult(HealthStatus.Degraded, domains.Problems.Select(problem => problem.Text)));
}

/// <summary>Degraded while a changed file is invalid, or while a changed setting needs a restart.</summary>
internal sealed class ReloadHealthCheck(ReloadService reload) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthLines.ToResult(HealthStatus.Degraded, reload.FindWarnings()));
}

/// <summary>Unhealthy as soon as the gateway begins to stop, before it rejects a call.</summary>
internal sealed class ShutdownHealthCheck(IHostApplicationLifetime lifetime) : IHealthCheck
{
    private static readonly Task<HealthCheckResult> Stopping =
        Task.FromResult(HealthCheckResult.Unhealthy("The gateway is stopping."));

    private static readonly Task<HealthCheckResult> Running = Task.FromResult(HealthCheckResult.Healthy());

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        lifetime.ApplicationStopping.IsCancellationRequested ? Stopping : Running;
}

/// <summary>Unhealthy while Redis is unavailable, because PostKey needs the shared state.</summary>
internal sealed class StateHealthCheck(IStateHealth state) : IHealthCheck
{
    private static readonly Task<HealthCheckResult> Down = Task.FromResult(HealthCheckResult.Unhealthy(
        "The shared state is unavailable; check Redis and Rke:Redis:Endpoints."));

    private static readonly Task<HealthCheckResult> Up = Task.FromResult(HealthCheckResult.Healthy());

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        state.IsUp ? Up : Down;
}

/// <summary>
/// The findings of a check, one per line: reasons if the result is unhealthy, and warnings if it is degraded.
/// </summary>
internal static class HealthLines
{
    private const char Separator = '\n';

    /// <summary>Healthy without findings, <paramref name="status"/> with them.</summary>
    public static HealthCheckResult ToResult(HealthStatus status, IEnumerable<string> findings)
    {
        var description = string.Join(Separator, findings);
        return description.Length == 0 ? HealthCheckResult.Healthy() : new HealthCheckResult(status, description);
    }

    /// <summary>All findings of the checks with this status.</summary>
    public static IEnumerable<string> Of(HealthReport report, HealthStatus status) =>
        WithCheck(report, status).Select(finding => finding.Line);

    /// <summary>All findings with this status, and the names of their checks.</summary>
    public static IEnumerable<(string Check, string Line)> WithCheck(HealthReport report, HealthStatus status) => report.Entries
        .Where(entry => entry.Value.Status == status)
        .SelectMany(entry => entry.Value.Description?.Split(Separator).Select(line => (entry.Key, line)) ?? []);
}
