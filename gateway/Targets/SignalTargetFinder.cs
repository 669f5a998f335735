using System.Net;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Rke.Dns;
using Rke.Gateway.Admission;
using Rke.Gateway.Errors;
using Rke.Gateway.KeyServers;
using Rke.V1;

namespace Rke.Gateway.Targets;

/// <summary>
/// Finds the targets of a Signal: the endpoint of the request, or the endpoints in the records of the domain, in their
/// order. A target must be the address of a configured key server, or <c>Rke:Targets:Allow</c> must contain its
/// address, its name, or the domain that was looked up.
/// </summary>
internal sealed class SignalTargetFinder(ServerLinks links, HostAddresses hosts, TargetAllowList allowList)
{
    /// <summary>The allowed targets. The call fails if there is none.</summary>
    public async IAsyncEnumerable<SignalTarget> FindAsync(
        SignalRequest request, CallScope scope, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var isAny = false;
        var (targets, record, isTrusted) = await FindHostsAsync(request, scope);
        var domain = request.TargetCase == SignalRequest.TargetOneofCase.Domain ? request.Domain : null;
        foreach (var target in targets)
        {
            var field = request.TargetCase == SignalRequest.TargetOneofCase.Endpoint ? "endpoint.host" : null;
            var addresses = await FindAddressesAsync(target, new(domain, record, $"{target.Host}:{target.Port}"), field, scope);
            if (await FindAllowedAsync(target, addresses, isTrusted, scope) is { } allowed)
            {
                isAny = true;
                yield return new(allowed, new(domain, record, allowed.ToString()));
            }
        }

        if (!isAny)
        {
            throw GetKeyTargetFinder.NotAllowed().ToException();
        }
    }

    private async ValueTask<IReadOnlyList<IPAddress>> FindAddressesAsync(
        HostEndpoint target, SignalService service, string? field, CallScope scope)
    {
        try
        {
            return await hosts.FindAsync(target.Host, field, scope);
        }
        catch (RpcException exception) when (service.Domain is not null && CallFailure.Of(exception) is { } failure)
        {
            throw (failure with { Message = $"{service.Words}: {failure.Message}", Signal = service }).ToException();
        }
    }

    private async ValueTask<(IReadOnlyList<HostEndpoint> Hosts, string? Record, bool IsTrusted)> FindHostsAsync(
        SignalRequest request, CallScope scope)
    {
        if (request.TargetCase == SignalRequest.TargetOneofCase.Endpoint)
        {
            return ([new(request.Endpoint.Host, (ushort)request.Endpoint.Port)], null, false);
        }

        var answer = await hosts.LookupAsync(request.Domain, "domain", scope);
        return answer.Signals.Count > 0
            ? (answer.Signals, answer.SignalRecord.Length > 0 ? answer.SignalRecord : null, allowList.IsAllowedHost(request.Domain))
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
            : await allowList.FindAllowedAsync(target.Host, addresses, scope.Cancellation);
        return allowed is null ? null : new IPEndPoint(allowed, target.Port);
    }
}

/// <summary>An allowed target of a Signal.</summary>
/// <param name="EndPoint">The address to send to.</param>
/// <param name="Service">The same for errors.</param>
internal sealed record SignalTarget(IPEndPoint EndPoint, SignalService Service);
