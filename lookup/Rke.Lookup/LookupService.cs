using System.Net;
using Microsoft.Extensions.Options;
using Rke.Dns;
using Rke.Lookup.Caching;
using Rke.Lookup.Sources;
using Rke.UdpBridge;

namespace Rke.Lookup;

/// <summary>Finds the signalling services, the memberships and the key servers of domains, and the addresses of hosts.</summary>
public sealed class LookupService
{
    private readonly SharedLookup<DomainRecords> _domains;
    private readonly AddressLookup _addresses;
    private readonly IEntropySource _entropy;
    private readonly ILogger<LookupService> _logger;

    public LookupService(
        DomainFetch domainFetch,
        AddressFetch addressFetch,
        IOptions<DnsOptions> options,
        ISharedCache cache,
        IEntropySource entropy,
        TimeProvider timeProvider,
        ILogger<LookupService> logger)
    {
        _domains = new(
            domainFetch.FetchAsync,
            new("domain", cache, static () => StoredAnswersJson.Default.StoredAnswerDomainRecords),
            options.Value,
            timeProvider);
        _addresses = new(addressFetch, options, cache, timeProvider);
        _entropy = entropy;
        _logger = logger;
    }

    /// <summary>
    /// Looks up a domain. The answer for a domain without records is network 6, with signalling at the domain itself.
    /// </summary>
    public async Task<LookupResult<LookupAnswer>> LookupAsync(string domain, CancellationToken cancellationToken)
    {
        if (!AddressLookup.TryParseName(domain, out var name, out var reason))
        {
            return LookupResult<LookupAnswer>.Failed(LookupFailure.InvalidName, reason);
        }

        var found = await _domains.GetAsync(name, cancellationToken);
        if (found.Value is not { } records)
        {
            return LookupResult<LookupAnswer>.Failed(found.Failure, found.Detail);
        }

        if (found.IsStale)
        {
            Log.StaleAnswer(_logger, name.Value);
        }

        return LookupResult<LookupAnswer>.Found(new LookupAnswer(
            name,
            records.Source,
            ServiceOrder.Arrange(records.Services, _entropy),
            records.Records,
            found.Ttl,
            found.IsStale)
        {
            Conflicts = records.Conflicts,
            SignalRecord = records.SignalRecord,
        });
    }

    /// <summary>The addresses of a host (<see cref="AddressLookup"/>).</summary>
    public Task<LookupResult<IReadOnlyList<IPAddress>>> ResolveAddressesAsync(
        string host, CancellationToken cancellationToken) => _addresses.ResolveAsync(host, cancellationToken);
}
