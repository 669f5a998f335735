using System.Net;
using Microsoft.Extensions.Options;
using Rke.Gateway.Dns;
using Rke.Gateway.State;
using Rke.UdpBridge;

namespace Rke.Gateway.Lookup;

/// <summary>Finds where to signal a domain, which networks it reads from, and the addresses of hosts.</summary>
internal sealed class LookupService
{
    private readonly SharedLookup<DomainRecords> _domains;
    private readonly SharedLookup<IReadOnlyList<IPAddress>> _hosts;
    private readonly IEntropySource _entropy;
    private readonly ILogger<LookupService> _logger;

    public LookupService(
        DomainFetch domainFetch,
        AddressFetch addressFetch,
        IOptions<DnsOptions> options,
        ISharedMemory memory,
        IEntropySource entropy,
        TimeProvider timeProvider,
        ILogger<LookupService> logger)
    {
        var json = StoredAnswersJson.Default;
        _domains = new(
            domainFetch.FetchAsync,
            new("domain", memory, json.StoredAnswerDomainRecords),
            options.Value,
            timeProvider);
        _hosts = new(
            addressFetch.FetchAsync,
            new("host", memory, json.StoredAnswerIReadOnlyListIPAddress),
            options.Value,
            timeProvider);
        _entropy = entropy;
        _logger = logger;
    }

    /// <summary>
    /// Looks a domain up. A domain without any record has an answer too: network 6, signalling on itself, port 75.
    /// </summary>
    public async Task<LookupResult<LookupAnswer>> LookupAsync(string domain, CancellationToken cancellationToken)
    {
        if (!TryParseName(domain, out var name, out var reason))
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
        });
    }

    /// <summary>The addresses of a host, at least one: of a literal address itself, without asking anybody.</summary>
    public async Task<LookupResult<IReadOnlyList<IPAddress>>> ResolveAddressesAsync(
        string host, CancellationToken cancellationToken)
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

    private static bool TryParseName(
        string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DnsName? name, out string reason)
    {
        if (IPAddress.TryParse(text, out _) || (text.Length > 0 && HostText.IsAllNumbers(text)))
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
