using System.Net;
using Rke.Dns;
using Rke.Gateway.Admission;
using Rke.Lookup;
using Rke.Lookup.Sources;

namespace Rke.Gateway.KeyServers;

/// <summary>Resolves the hosts and domains that calls name, within the deadline of the call.</summary>
internal sealed class HostAddresses(LookupService lookup, TimeProvider timeProvider)
{
    /// <summary>The addresses of a host, at least one. The call fails if there is none.</summary>
    public async ValueTask<IReadOnlyList<IPAddress>> FindAsync(string host, string? field, CallScope scope)
    {
        var found = await RunAsync(
            host, cancellation => lookup.ResolveAddressesAsync(host, cancellation), scope, timeProvider);
        return found.Value ?? throw NameFailures.Of(found.Failure, host, found.Detail, field).ToException();
    }

    /// <summary>The records of a domain. The call fails if they cannot be looked up.</summary>
    public async ValueTask<LookupAnswer> LookupAsync(string domain, string field, CallScope scope)
    {
        var found = await RunAsync(domain, cancellation => lookup.LookupAsync(domain, cancellation), scope, timeProvider);
        return found.Value ?? throw NameFailures.Of(found.Failure, domain, found.Detail, field).ToException();
    }

    /// <summary>Runs a lookup within the deadline of the call.</summary>
    public static async Task<LookupResult<T>> RunAsync<T>(
        string name, Func<CancellationToken, Task<LookupResult<T>>> lookup, CallScope scope, TimeProvider timeProvider)
        where T : class
    {
        using var deadline = new DeadlineSource(scope, timeProvider);
        try
        {
            return await lookup(deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            return LookupResult<T>.Failed(LookupFailure.Unavailable, $"no answer about {name} within the deadline");
        }
    }
}

/// <summary>
/// Resolves the host names of the configured key servers. It uses only the hosts file and DNS: the key servers cannot
/// resolve their own names, and the name lookup at key servers needs these addresses. A name can be short, as in the
/// programs of the system: the search domains of resolv.conf(5) complete it.
/// </summary>
internal sealed class KeyServerAddresses(
    AddressLookup lookup, HostsFile hosts, SystemResolvers system, TimeProvider timeProvider)
{
    /// <summary>The addresses of a key server, at least one. The call fails if there is none.</summary>
    public async ValueTask<IReadOnlyList<IPAddress>> FindAsync(string host, CallScope scope)
    {
        var found = await HostAddresses.RunAsync(
            host, cancellation => SearchAsync(host, cancellation), scope, timeProvider);
        return found.Value ?? throw NameFailures.Of(found.Failure, host, found.Detail, field: null).ToException();
    }

    private async Task<LookupResult<IReadOnlyList<IPAddress>>> SearchAsync(string host, CancellationToken cancellationToken)
    {
        LookupResult<IReadOnlyList<IPAddress>>? failed = null;
        string[] names = IsFull(host) ? [host] : [.. system.Expand(host)];
        foreach (var name in names)
        {
            var found = await lookup.ResolveAsync(name, cancellationToken);
            if (found.IsFound)
            {
                return found;
            }

            // A lookup without an answer is a better reason than a name without an address.
            failed = failed is null or { Failure: LookupFailure.NoAddress or LookupFailure.InvalidName } ? found : failed;
        }

        return names.Length > 1 && failed!.Failure == LookupFailure.NoAddress
            ? failed with { Detail = $"none of {string.Join(", ", names)} has an address" }
            : failed!;
    }

    // The search domains do not apply to addresses and to names of the hosts file.
    private bool IsFull(string host) => IPAddress.TryParse(host, out _)
        || (DnsName.TryParse(host, out var name, out _)
            && (DnsRecordSource.IsLocal(name) || hosts.Find(name) is not null));
}
