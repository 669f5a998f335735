using System.Globalization;
using Rke.Dns;
using Rke.Lookup.Caching;
using Rke.Lookup.Memberships;
using Rke.Lookup.Sources;

namespace Rke.Lookup;

/// <summary>
/// Finds all records of a domain D and combines them (docs/LOOKUP.md):
/// <list type="number">
/// <item>The signalling service is SRV <c>_rke._udp.D</c>, or the section of the membership records that matches D, or D itself
/// with the port of Rke:Signal:Port.</item>
/// <item>The memberships are TXT <c>raida.D</c>, or TXT <c>_rke._udp.D</c>. If the records name no network and no key server, the
/// membership is network 6.</item>
/// <item>A domain under .raida has the number of its network as a further membership.</item>
/// <item>The result is negative only if each question was answered.</item>
/// </list>
/// </summary>
public sealed class DomainFetch(
    RecordSources sources, NetworkNames names, ILogger<DomainFetch> logger)
{
    private const string ServiceLabels = "_rke._udp";
    private const string MembershipLabel = "raida";

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
        var textName = membershipName;
        if (found is { Failure: null, Texts.Count: 0 })
        {
            textName = serviceName;
            found.Add(await source.FindTextsAsync(serviceName, cancellationToken));
        }

        if (found is { Failure: null, Services.Count: 0 } && source.Kind == LookupSource.Raida)
        {
            found.Add(await source.FindAddressesAsync(domain, cancellationToken));
        }

        return found.Failure is { } failure
            ? Fetched<DomainRecords>.Failed(found.FailureKind, failure)
            : new Fetched<DomainRecords>(Combine(domain, serviceName, textName, found), found.Ttl, found.IsNone);
    }

    private DomainRecords Combine(DnsName domain, DnsName serviceName, DnsName textName, FoundRecords found)
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

        var signalRecord = usable.Count > 0 ? $"SRV {serviceName.Value}" : records.Signal is not null ? $"TXT {textName.Value}" : "";
        if (usable.Count == 0 && !found.Services.Any(service => service.IsRefusal))
        {
            var service = records.Signal ?? new HostEndpoint(found.Address?.ToString() ?? domain.Value, names.SignalPort);
            usable.Add(new ServiceTarget(service.Host, service.Port));
        }

        var conflicts = found.Conflicts;
        if (conflicts.Count > 0)
        {
            Log.SourcesDiffer(logger, domain.Value, conflicts.Count, conflicts[0]);
        }

        return new DomainRecords(found.Origin, usable, records) { Conflicts = conflicts, SignalRecord = signalRecord };
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

/// <summary>
/// The combined records of a domain. The cache keeps them without the order of the services, which is random for each lookup.
/// </summary>
/// <param name="Source">The source of the records.</param>
/// <param name="Services">The signalling services, with valid hosts. Empty if the domain refuses Signals.</param>
/// <param name="Records">Memberships, key servers, and unreadable lines.</param>
public sealed record DomainRecords(
    LookupSource Source, IReadOnlyList<ServiceTarget> Services, MembershipRecords Records)
{
    /// <summary>The differences between the sources.</summary>
    public IReadOnlyList<string> Conflicts { get; init; } = [];

    /// <summary>The type and name of the records that name the services. Empty if no record does.</summary>
    public string SignalRecord { get; init; } = "";
}
