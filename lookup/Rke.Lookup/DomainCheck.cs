using System.Net;
using Rke.Dns;

namespace Rke.Lookup;

/// <summary>Checks that the records of a domain are complete, and that the hosts in them have addresses.</summary>
public sealed class DomainCheck(LookupService lookup)
{
    /// <param name="domain">The domain.</param>
    /// <param name="needsService">Whether the domain must have records, and a signalling service.</param>
    public async Task<CheckedDomain> RunAsync(string domain, bool needsService, CancellationToken cancellationToken)
    {
        var found = await lookup.LookupAsync(domain, cancellationToken);
        if (found.Value is not { } answer)
        {
            return new(null, new Dictionary<string, IReadOnlyList<IPAddress>>(), [new(
                $"The records of {domain} cannot be looked up: {found.Detail}",
                found.Failure == LookupFailure.InvalidName
                    ? "correct the name"
                    : "check the name, its name servers, and the resolvers of Rke:Dns:Resolver or resolv.conf")]);
        }

        var hosts = await Task.WhenAll(answer.Signals.Concat(answer.Records.KeyServers.Select(server => server.Endpoint))
            .Select(endpoint => endpoint.Host)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(async host => (Host: host, Found: await lookup.ResolveAddressesAsync(host, cancellationToken))));
        var addresses = hosts.ToDictionary(
            each => each.Host, each => each.Found, StringComparer.OrdinalIgnoreCase);
        return new(
            answer,
            addresses.ToDictionary(
                each => each.Key, each => each.Value.Value ?? (IReadOnlyList<IPAddress>)[], StringComparer.OrdinalIgnoreCase),
            [.. ProblemsOf(answer, needsService), .. ProblemsOf(answer, addresses)]);
    }

    private static IEnumerable<DomainProblem> ProblemsOf(LookupAnswer answer, bool needsService)
    {
        var domain = answer.Domain.Value;
        if (answer.IsStale)
        {
            yield return new(
                $"The name servers of {domain} do not answer, and its last records are in use", "check the name servers of the domain");
        }

        if (needsService && answer.Source == LookupSource.Default)
        {
            yield return new(
                $"{domain} has no records for RKE: neither SRV _rke._udp.{domain} nor TXT raida.{domain}",
                $"publish the records that 'rkectl dns make {domain}' prints");
        }
        else if (needsService && answer.Signals.Count == 0)
        {
            yield return new(
                $"SRV _rke._udp.{domain} says that {domain} has no signalling service",
                "replace the target '.' by the host of the service");
        }

        foreach (var line in answer.Records.Unreadable)
        {
            yield return new($"A record of {domain} has a line that cannot be read: '{line}'", "correct the line; docs/LOOKUP.md has the formats");
        }

        foreach (var conflict in answer.Conflicts)
        {
            yield return new($"The sources of the records of {domain} differ: {conflict}", "make the records equal");
        }
    }

    private static IEnumerable<DomainProblem> ProblemsOf(
        LookupAnswer answer, Dictionary<string, LookupResult<IReadOnlyList<IPAddress>>> addresses)
    {
        var domain = answer.Domain.Value;
        var record = answer.SignalRecord.Length > 0 ? answer.SignalRecord : $"The default of {domain}";
        foreach (var service in answer.Signals.Where(service => !addresses[service.Host].IsFound))
        {
            yield return new(
                $"{record} names the signalling service {service.Host}:{service.Port}, but {Reason(service, addresses)}",
                $"correct the record, or add an A or AAAA record of {service.Host}");
        }

        foreach (var server in answer.Records.KeyServers.Where(server => !addresses[server.Endpoint.Host].IsFound))
        {
            yield return new(
                $"The records of {domain} name key server {server.RaidaId} at {server.Endpoint.Host}:{server.Endpoint.Port}, "
                    + $"but {Reason(server.Endpoint, addresses)}",
                $"correct the record, or add an A or AAAA record of {server.Endpoint.Host}");
        }
    }

    private static string Reason(HostEndpoint endpoint, Dictionary<string, LookupResult<IReadOnlyList<IPAddress>>> addresses) =>
        addresses[endpoint.Host] is { Failure: not LookupFailure.NoAddress } failed
            ? $"the host cannot be looked up: {failed.Detail}"
            : "the host has no address";
}

/// <summary>What a check of a domain found.</summary>
/// <param name="Answer">The records. Null if they cannot be looked up.</param>
/// <param name="Addresses">The addresses of the hosts in the records.</param>
public sealed record CheckedDomain(
    LookupAnswer? Answer,
    IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> Addresses,
    IReadOnlyList<DomainProblem> Problems);

/// <summary>A wrong record of a domain, and what to do. Both are without a full stop.</summary>
public sealed record DomainProblem(string Problem, string Fix)
{
    /// <summary>Both in one line.</summary>
    public string Text => $"{Problem}; {Fix}.";
}
