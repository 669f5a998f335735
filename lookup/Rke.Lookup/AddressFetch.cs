using System.Net;
using Rke.Dns;
using Rke.Lookup.Caching;
using Rke.Lookup.Sources;

namespace Rke.Lookup;

/// <summary>Finds all addresses of a host: in the hosts file of the system, or from its record source.</summary>
public sealed class AddressFetch(RecordSources sources, HostsFile hosts)
{
    public async Task<Fetched<IReadOnlyList<IPAddress>>> FetchAsync(DnsName host, CancellationToken cancellationToken)
    {
        if (hosts.Find(host) is { } known)
        {
            return new Fetched<IReadOnlyList<IPAddress>>(known, Ttl: null, IsNegative: false);
        }

        if (sources.Find(host) is not { } source)
        {
            return Fetched<IReadOnlyList<IPAddress>>.Failed(LookupFailure.NoSource, RecordSources.Describe(host));
        }

        var answer = await source.FindAddressesAsync(host, cancellationToken);
        return answer.Failure is { } failure
            ? Fetched<IReadOnlyList<IPAddress>>.Failed(answer.FailureKind, failure)
            : new Fetched<IReadOnlyList<IPAddress>>(answer.Records, answer.Ttl, answer.Records.Count == 0);
    }
}
