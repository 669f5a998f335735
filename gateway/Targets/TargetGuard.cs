using System.Net;
using Rke.Gateway.Lookup;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Targets;

/// <summary>
/// Says which hosts a caller may aim the gateway at besides the configured key servers: those of
/// <c>Rke:Targets:Allow</c>. It judges the address that is sent to, found once, not a name that may mean another
/// address a moment later.
/// </summary>
internal sealed class TargetGuard(LiveSettings live, LookupService lookup)
{
    /// <summary>The first address that may be addressed; null when none may.</summary>
    /// <param name="host">What the caller named, or a domain's record.</param>
    /// <param name="addresses">The addresses of the host.</param>
    public async ValueTask<IPAddress?> FindAllowedAsync(
        string host, IReadOnlyList<IPAddress> addresses, CancellationToken cancellationToken)
    {
        if (IsAllowedHost(host))
        {
            return addresses[0];
        }

        foreach (var address in addresses)
        {
            if (await IsAllowedAsync(address, cancellationToken))
            {
                return address;
            }
        }

        return null;
    }

    /// <summary>Whether the name itself is on the list.</summary>
    public bool IsAllowedHost(string host)
    {
        var name = host.TrimEnd('.');
        return live.Targets.Hosts.Any(allowed => string.Equals(allowed, name, StringComparison.OrdinalIgnoreCase));
    }

    private async ValueTask<bool> IsAllowedAsync(IPAddress address, CancellationToken cancellationToken)
    {
        // ::ffff:127.0.0.1 is 127.0.0.1 and must be judged as such.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (live.Targets.Ranges.Any(range => range.Contains(plain)))
        {
            return true;
        }

        // The parts of a Signal name addresses: an allowed host is allowed by its address too.
        foreach (var host in live.Targets.Hosts)
        {
            var found = await lookup.ResolveAddressesAsync(host, cancellationToken);
            if (found.Value?.Contains(plain) == true)
            {
                return true;
            }
        }

        return false;
    }
}
