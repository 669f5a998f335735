using System.Net;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.Gateway.Targets;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Gateway.Translation;

/// <summary>
/// Which key server a GetKey means: a number, or an endpoint that is a configured server, or one that configuration
/// allows. What number an allowed endpoint has, it is asked itself.
/// </summary>
internal sealed class GetKeyTargets(ServerLinks links, HostAddresses hosts, TargetGuard guard, RaidaFinder finder)
{
    public async ValueTask<(ServerNumber Server, ServerLink Link)> FindAsync(
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
            if (links.FindAt(endPoint, request.Network == 0 ? null : network.Id) is { } known)
            {
                return (known, links.TryLinkTo(known) ?? links.To(network, known.RaidaId, endPoint));
            }
        }

        var allowed = await guard.FindAllowedAsync(host, addresses, scope.Cancellation) ?? throw NotAllowed().ToException();
        var link = await finder.FindAsync(network, new(allowed, port), scope);
        return (network[link.Address.RaidaId], link);
    }

    public static CallFailure NotAllowed() => new(
        StatusCode.PermissionDenied,
        Reason.TargetNotAllowed,
        "That host is no configured key server, and Rke:Targets:Allow does not name it.");
}
