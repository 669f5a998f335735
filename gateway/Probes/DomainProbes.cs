using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Rke.Gateway.Background;
using Rke.Gateway.Observability;
using Rke.Lookup;

namespace Rke.Gateway.Probes;

/// <summary>
/// Checks the records of the gateway's own domains and of the domains of its peers, so that a wrong record is found before a session
/// needs it. The lookups are cached for the TTL of the records.
/// </summary>
internal sealed class DomainProbes : BackgroundLoop
{
    private readonly DomainCheck _check;
    private readonly IOptions<ProbeOptions> _options;
    private readonly IEnumerable<IProbedDomains> _others;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<DomainProbes> _logger;
    private readonly ConcurrentDictionary<string, IReadOnlyList<DomainProblem>> _problems = new(StringComparer.Ordinal);

    public DomainProbes(
        DomainCheck check,
        IOptions<ProbeOptions> options,
        IEnumerable<IProbedDomains> others,
        IMeterFactory meters,
        BackgroundFailures failures,
        TimeProvider timeProvider,
        ILogger<DomainProbes> logger)
        : base(failures)
    {
        (_check, _options, _others, _timeProvider, _logger) = (check, options, others, timeProvider, logger);
        GatewayMeter.Of(meters).CreateObservableGauge(
            "rke.domain.up", Measure, unit: null, "1 while the records of the domain are complete and its hosts have addresses.");
    }

    /// <summary>The problems of all domains that have been checked.</summary>
    public IEnumerable<DomainProblem> Problems => _problems.OrderBy(domain => domain.Key, StringComparer.Ordinal).SelectMany(domain => domain.Value);

    protected override async Task LoopAsync(CancellationToken stoppingToken)
    {
        var current = _options.Value;
        if (!current.Enabled)
        {
            return;
        }

        using var timer = new PeriodicTimer(current.Interval, _timeProvider);
        do
        {
            var own = current.Domains.Select(domain => domain.Value).ToHashSet(StringComparer.Ordinal);
            var all = own.Union(_others.SelectMany(source => source.Domains)).ToHashSet(StringComparer.Ordinal);
            foreach (var removed in _problems.Keys.Where(domain => !all.Contains(domain)))
            {
                _problems.TryRemove(removed, out _);
            }

            await Task.WhenAll(all.Select(domain => CheckAsync(domain, own.Contains(domain), stoppingToken)));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // A domain has no value before its first check has ended.
    private IEnumerable<Measurement<int>> Measure() => _problems.Select(domain => new Measurement<int>(
        domain.Value.Count == 0 ? 1 : 0, new KeyValuePair<string, object?>("domain", domain.Key)));

    // A peer that only initiates sessions needs no signalling service.
    private async Task CheckAsync(string domain, bool isOwn, CancellationToken stoppingToken)
    {
        var found = (await _check.RunAsync(domain, needsService: isOwn, stoppingToken)).Problems;
        var before = _problems.GetValueOrDefault(domain, []);
        _problems[domain] = found;
        foreach (var problem in found.Except(before))
        {
            Log.DomainWrong(_logger, problem.Text);
        }

        if (found.Count == 0 && before.Count > 0)
        {
            Log.DomainRight(_logger, domain);
        }
    }
}

/// <summary>Domains of the configuration that <see cref="DomainProbes"/> checks too.</summary>
internal interface IProbedDomains
{
    IEnumerable<string> Domains { get; }
}
