using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.Options;
using Rke.Dns;
using Rke.Lookup.Caching;

namespace Rke.Lookup;

/// <summary>Finds the addresses of hosts, and caches them for their TTL.</summary>
public sealed class AddressLookup(
    AddressFetch fetch, IOptions<DnsOptions> options, ISharedCache cache, TimeProvider timeProvider)
{
    private readonly SharedLookup<IReadOnlyList<IPAddress>> _hosts = new(
        fetch.FetchAsync,
        new("host", cache, static () => StoredAnswersJson.Default.StoredAnswerIReadOnlyListIPAddress),
        options.Value,
        timeProvider);

    /// <summary>The addresses of a host, at least one. A literal address is its own result, without a lookup.</summary>
    public async Task<LookupResult<IReadOnlyList<IPAddress>>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (HostText.TryParseTarget(host, out var address))
        {
            return LookupResult<IReadOnlyList<IPAddress>>.Found([address]);
        }

        if (!TryParseName(host, out var name, out var reason))
        {
            return LookupResult<IReadOnlyList<IPAddress>>.Failed(LookupFailure.InvalidName, reason);
        }

        var found = await _hosts.GetAsync(name, cancellationToken);
        return found.Value switch
        {
            null => LookupResult<IReadOnlyList<IPAddress>>.Failed(found.Failure, found.Detail),
            [] => LookupResult<IReadOnlyList<IPAddress>>.Failed(LookupFailure.NoAddress, "the host has no address"),
            var addresses => LookupResult<IReadOnlyList<IPAddress>>.Found(addresses),
        };
    }

    internal static bool TryParseName(string text, [NotNullWhen(true)] out DnsName? name, out string reason)
    {
        if (text.Length > 0 && HostText.IsAddressLike(text))
        {
            name = null;
            reason = "an address is not a domain name";
            return false;
        }

        var isName = DnsName.TryParse(text, out name, out var error);
        reason = error.Describe();
        return isName;
    }
}
