using System.Net;
using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Targets;

/// <summary>
/// Finds the key server of a GetKey: by its RAIDA id, or by the endpoint of a configured server, or by an endpoint that
/// <c>Rke:Targets:Allow</c> contains. <see cref="ServerDiscovery"/> finds the RAIDA id of an allowed endpoint.
/// </summary>
internal sealed class GetKeyTargetFinder(
    ServerLinks links, HostAddresses hosts, TargetAllowList allowList, ServerDiscovery discovery)
{
    public async ValueTask<(ServerId Server, ServerLink Link)> FindAsync(
        GetKeyRequest request, Network network, CallScope scope)
    {
        if (request.ServerCase == GetKeyRequest.ServerOneofCase.RaidaId)
        {
            var raidaId = (byte)request.RaidaId;
            return (network[raidaId], await links.ToServerAsync(network, raidaId, scope));
        }

        var (host, port) = (request.Endpoint.Host, (int)request.Endpoint.Port);
        var addresses = await hosts.FindAsync(host, "endpoint.host", scope);
        foreach (var address in addresses)
        {
            var endPoint = new IPEndPoint(address, port);
            if (links.FindAt(endPoint, request.Network == 0 ? null : network.Id) is { } server)
            {
                return (server, links.TryLinkTo(server) ?? links.To(network, server.RaidaId, endPoint));
            }
        }

        var allowed = await allowList.FindAllowedAsync(host, addresses, scope.Cancellation) ?? throw NotAllowed().ToException();
        var link = await discovery.FindAsync(network, new(allowed, port), scope);
        return (network[link.Address.RaidaId], link);
    }

    /// <summary>A server that is not configured reported that it has another RAIDA id. The next call finds the new one.</summary>
    public void Forget(ushort network, ServerLink link) => discovery.Forget(network, link.Address.EndPoint);

    /// <summary>Whether a literal address is a configured key server, or <c>Rke:Targets:Allow</c> allows it.</summary>
    public async ValueTask<bool> IsAllowedAsync(V1.Endpoint endpoint, CancellationToken cancellationToken)
    {
        var address = IPAddress.Parse(endpoint.Host);
        return links.FindAt(new(address, (int)endpoint.Port), network: null) is not null
            || await allowList.FindAllowedAsync(endpoint.Host, [address], cancellationToken) is not null;
    }

    public static CallFailure NotAllowed() => new(
        StatusCode.PermissionDenied,
        Reason.TargetNotAllowed,
        "The host is not a configured key server, and Rke:Targets:Allow does not allow it.");
}
