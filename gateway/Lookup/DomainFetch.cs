using System.Globalization;
using Rke.Gateway.Configuration;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Asks for all records of a domain and combines them (docs/LOOKUP.md):
/// <list type="number">
/// <item>SRV <c>_rke._udp.D</c> says where to signal; else the section that fits D; else D itself, port 75 (Rke:Signal:Port).</item>
/// <item>TXT <c>raida.D</c>, else TXT <c>_rke._udp.D</c>, gives the memberships; where records name neither a
/// network nor a key server, it is network 6.</item>
/// <item>That there is no record counts only when every question was answered.</item>
/// </list>
/// </summary>
internal sealed class DomainFetch(
    IEnumerable<IRecordSource> sources, ILogger<DomainFetch> logger, SignalSettings? signal = null)
{
    private readonly ushort _signalPort = signal?.Port ?? SignalSettings.DefaultPort;

    private const string ServiceLabels = "_rke._udp";
    private const string MembershipLabel = "raida";

    public async Task<Fetched<DomainRecords>> FetchAsync(DnsName domain, CancellationToken cancellationToken)
    {
        var source = sources.FirstOrDefault(candidate => candidate.Serves(domain));
        if (source is null)
        {
            return Fetched<DomainRecords>.Failed(
                LookupFailure.NoSource, $"names under .{domain.Value.Split('.')[^1]} are not looked up here");
        }

        if (!domain.TryPrefix(ServiceLabels, out var serviceName, out var error)
            || !domain.TryPrefix(MembershipLabel, out var membershipName, out error))
        {
            return Fetched<DomainRecords>.Failed(LookupFailure.InvalidName, error.Describe());
        }

        var servicesTask = source.FindServicesAsync(serviceName, cancellationToken);
        var textsTask = source.FindTextsAsync(membershipName, cancellationToken);
        await Task.WhenAll(servicesTask, textsTask);
        var services = await servicesTask;
        var texts = await textsTask;
        var ttl = Shorter(services.Ttl, texts.Ttl);
        if (texts.Failure is null && texts.Records.Count == 0)
        {
            texts = await source.FindTextsAsync(serviceName, cancellationToken);
            ttl = Shorter(ttl, texts.Ttl);
        }

        if ((services.Failure ?? texts.Failure) is { } failure)
        {
            return Fetched<DomainRecords>.Failed(LookupFailure.Unavailable, failure);
        }

        var isNegative = services.Records.Count == 0 && texts.Records.Count == 0;
        var kind = isNegative ? LookupSource.Default : source.Kind;
        return new Fetched<DomainRecords>(
            Combine(domain, kind, services.Records, texts.Records), ttl, isNegative);
    }

    private DomainRecords Combine(
        DnsName domain, LookupSource source, IReadOnlyList<ServiceTarget> services, IReadOnlyList<string> texts)
    {
        var records = texts.Count == 0 ? MembershipRecords.None : MembershipParser.Parse(domain, texts);
        if (records is { Memberships: [], KeyServers: [] })
        {
            records = records with { Memberships = [new Membership(domain.Value, Membership.DefaultNetwork)] };
        }

        var usable = CheckServices(services, out var unreadable);
        records = records with { Unreadable = [.. records.Unreadable, .. unreadable] };
        if (records.Unreadable.Count > 0)
        {
            Log.RecordUnreadable(logger, domain.Value, records.Unreadable.Count, records.Unreadable[0]);
        }

        if (usable.Count == 0 && !services.Any(service => service.IsRefusal))
        {
            var service = records.Signal ?? new HostEndpoint(domain.Value, _signalPort);
            usable.Add(new ServiceTarget(service.Host, service.Port));
        }

        return new DomainRecords(source, usable, records);
    }

    private static List<ServiceTarget> CheckServices(
        IReadOnlyList<ServiceTarget> services, out IReadOnlyList<string> unreadable)
    {
        var lines = new UnreadableLines();
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

    private static TimeSpan? Shorter(TimeSpan? one, TimeSpan? other) =>
        one is null || other is null ? one ?? other : one < other ? one : other;
}
