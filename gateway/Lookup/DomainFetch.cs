using System.Globalization;
using Rke.Gateway.Configuration;
using Rke.Gateway.Dns;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Asks for all records of a domain and combines them (docs/LOOKUP.md):
/// <list type="number">
/// <item>SRV <c>_rke._udp.D</c> says where to signal; else the section that fits D; else D itself, port 75
/// (Rke:Signal:Port).</item>
/// <item>TXT <c>raida.D</c>, else TXT <c>_rke._udp.D</c>, gives the memberships; where records name neither a
/// network nor a key server, it is network 6.</item>
/// <item>A domain under .raida belongs to a network, whose number is a membership whatever the records say.</item>
/// <item>That there is no record counts only when every question was answered.</item>
/// </list>
/// </summary>
internal sealed class DomainFetch(
    RecordSources sources, NetworkNames names, ILogger<DomainFetch> logger, LiveSettings? live = null)
{
    private const string ServiceLabels = "_rke._udp";
    private const string MembershipLabel = "raida";

    private ushort SignalPort => live?.Signal.Port ?? SignalSettings.DefaultPort;

    public async Task<Fetched<DomainRecords>> FetchAsync(DnsName domain, CancellationToken cancellationToken)
    {
        if (sources.Find(domain) is not { } source)
        {
            return Fetched<DomainRecords>.Failed(LookupFailure.NoSource, RecordSources.Describe(domain));
        }

        if (!domain.TryPrefix(ServiceLabels, out var serviceName, out var error)
            || !domain.TryPrefix(MembershipLabel, out var membershipName, out error))
        {
            return Fetched<DomainRecords>.Failed(LookupFailure.InvalidName, error.Describe());
        }

        var servicesTask = source.FindServicesAsync(serviceName, cancellationToken);
        var textsTask = source.FindTextsAsync(membershipName, cancellationToken);
        await Task.WhenAll(servicesTask, textsTask);
        var found = new FoundRecords(source.Kind);
        found.Add(await servicesTask);
        found.Add(await textsTask);
        if (found is { Failure: null, Texts.Count: 0 })
        {
            found.Add(await source.FindTextsAsync(serviceName, cancellationToken));
        }

        if (found is { Failure: null, Services.Count: 0 } && source.Kind == LookupSource.Raida)
        {
            found.Add(await source.FindAddressesAsync(domain, cancellationToken));
        }

        return found.Failure is { } failure
            ? Fetched<DomainRecords>.Failed(found.FailureKind, failure)
            : new Fetched<DomainRecords>(Combine(domain, found), found.Ttl, found.IsNone);
    }

    private DomainRecords Combine(DnsName domain, FoundRecords found)
    {
        var records = found.Texts.Count == 0 ? MembershipRecords.None : MembershipParser.Parse(domain, found.Texts);
        records = records with
        {
            Memberships = AddNumber(domain, records),
            IsAnonymousFine = records.IsAnonymousFine || found.IsNone,
        };
        var usable = CheckServices(found.Services, out var unreadable);
        records = records with { Unreadable = [.. records.Unreadable, .. unreadable] };
        if (records.Unreadable.Count > 0)
        {
            Log.RecordUnreadable(logger, domain.Value, records.Unreadable.Count, records.Unreadable[0]);
        }

        if (usable.Count == 0 && !found.Services.Any(service => service.IsRefusal))
        {
            var service = records.Signal ?? new HostEndpoint(found.Address?.ToString() ?? domain.Value, SignalPort);
            usable.Add(new ServiceTarget(service.Host, service.Port));
        }

        var conflicts = found.Conflicts;
        if (conflicts.Count > 0)
        {
            Log.SourcesDiffer(logger, domain.Value, conflicts.Count, conflicts[0]);
        }

        return new DomainRecords(found.Origin, usable, records) { Conflicts = conflicts };
    }

    private IReadOnlyList<Membership> AddNumber(DnsName domain, MembershipRecords records)
    {
        var number = domain.IsAtOrUnder(NetworkNames.RaidaDomain) ? names.NumberOf(domain) : null;
        if (number is { } known)
        {
            return records.Memberships.Any(membership => membership.Network == known)
                ? records.Memberships
                : [new Membership(domain.Value, known), .. records.Memberships];
        }

        return records is { Memberships: [], KeyServers: [] }
            ? [new Membership(domain.Value, Membership.DefaultNetwork)]
            : records.Memberships;
    }

    private static List<ServiceTarget> CheckServices(
        IReadOnlyList<ServiceTarget> services, out IReadOnlyList<string> unreadable)
    {
        var lines = new ReportedLines();
        var usable = new List<ServiceTarget>();
        foreach (var service in services.Where(service => !service.IsRefusal))
        {
            if (service.Port != 0 && HostText.TryParse(service.Host, out var host))
            {
                usable.Add(service with { Host = host });
                continue;
            }

            lines.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"SRV {service.Priority} {service.Weight} {service.Port} {service.Host}"));
        }

        unreadable = lines.ToList();
        return usable;
    }
}
