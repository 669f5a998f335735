using System.Net;
using Microsoft.Extensions.Options;
using Rke.Lookup;

namespace Rke.Gateway.Targets;

/// <summary>
/// The hosts besides the configured key servers that calls may use as targets: <c>Rke:Targets:Allow</c>. It checks the
/// resolved address that the gateway then uses, so a later DNS change has no effect.
/// </summary>
internal sealed class TargetAllowList(IOptionsMonitor<TargetsOptions> targets, LookupService lookup)
{
    /// <summary>The first allowed address; null if none is allowed.</summary>
    /// <param name="host">The host from the call or from a record.</param>
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

    /// <summary>Whether the list contains the name itself.</summary>
    public bool IsAllowedHost(string host)
    {
        var name = host.TrimEnd('.');
        return targets.CurrentValue.Allow.Any(allowed => string.Equals(allowed.Host, name, StringComparison.OrdinalIgnoreCase));
    }

    private async ValueTask<bool> IsAllowedAsync(IPAddress address, CancellationToken cancellationToken)
    {
        // ::ffff:127.0.0.1 is 127.0.0.1. Compare it as IPv4.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (targets.CurrentValue.Allow.Any(allowed => allowed.Range?.Contains(plain) == true))
        {
            return true;
        }

        // The parts of a Signal contain addresses. An allowed host is also allowed by its address.
        foreach (var host in targets.CurrentValue.Allow.Select(allowed => allowed.Host).OfType<string>())
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
