using System.Net;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Lookup;
using Rke.Gateway.Networks;
using Rke.Gateway.Services;
using Rke.Gateway.Targets;
using Rke.V1;

namespace Rke.Gateway.Translation;

/// <summary>
/// Where a Signal goes: the endpoint that the caller names, or those that its domain's records name, in their order.
/// Each is a configured key server's address, or allowed by Rke:Targets:Allow: by its address, by its name, or
/// because the domain that was looked up is listed.
/// </summary>
internal sealed class SignalTargets(ServerLinks links, HostAddresses hosts, TargetGuard guard)
{
    /// <summary>At least one, or the call fails.</summary>
    public async IAsyncEnumerable<IPEndPoint> FindAsync(
        SignalRequest request, CallScope scope, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var isAny = false;
        var (targets, isTrusted) = await FindHostsAsync(request, scope);
        foreach (var target in targets)
        {
            var field = request.TargetCase == SignalRequest.TargetOneofCase.Endpoint ? "endpoint.host" : null;
            var addresses = await hosts.FindAsync(target.Host, field, scope);
            if (await FindAllowedAsync(target, addresses, isTrusted, scope) is { } allowed)
            {
                isAny = true;
                yield return allowed;
            }
        }

        if (!isAny)
        {
            throw GetKeyTargets.NotAllowed().ToException();
        }
    }

    private async ValueTask<(IReadOnlyList<HostEndpoint> Hosts, bool IsTrusted)> FindHostsAsync(
        SignalRequest request, CallScope scope)
    {
        if (request.TargetCase == SignalRequest.TargetOneofCase.Endpoint)
        {
            return ([new(request.Endpoint.Host, (ushort)request.Endpoint.Port)], false);
        }

        var answer = await hosts.LookupAsync(request.Domain, "domain", scope);
        return answer.Signals.Count > 0
            ? (answer.Signals, guard.IsAllowedHost(request.Domain))
            : throw new CallFailure(
                StatusCode.FailedPrecondition,
                Reason.NoSignalService,
                "The domain's records say that it has no signalling service.").ToException();
    }

    private async ValueTask<IPEndPoint?> FindAllowedAsync(
        HostEndpoint target, IReadOnlyList<IPAddress> addresses, bool isTrusted, CallScope scope)
    {
        var known = addresses.Select(address => new IPEndPoint(address, target.Port))
            .FirstOrDefault(endPoint => links.FindAt(endPoint, network: null) is not null);
        if (known is not null)
        {
            return known;
        }

        var allowed = isTrusted
            ? addresses[0]
            : await guard.FindAllowedAsync(target.Host, addresses, scope.Cancellation);
        return allowed is null ? null : new IPEndPoint(allowed, target.Port);
    }
}
