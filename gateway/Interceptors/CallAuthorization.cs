using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Identity;
using Rke.Gateway.Observability;
using Rke.Gateway.Policy;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// Denies calls that the policy does not allow, including reflection. Health checks are always allowed, because probes
/// and load balancers have no identity.
/// </summary>
internal sealed class CallAuthorization(PolicyStore policy, AuthorizationMeter meter, ILogger<CallAuthorization> logger)
{
    private const string Health = "grpc.health.v1.Health";

    // The issuer of a token or a certificate chooses the name.
    private const int MaxNameSize = 200;

    public void Authorize(HttpContext http, CallerIdentity caller)
    {
        var method = CallMethod.Of(http)!;
        if (method.Service == Health)
        {
            return;
        }

        var permit = policy.Find(caller, method.Name);
        meter.OnDecided(method.Name, permit is not null);
        if (permit is null)
        {
            Log.CallDenied(logger, method.Name, caller.Name);
            throw Denied(caller, method.Name).ToException();
        }

        http.Features.Set(permit);
    }

    private static CallFailure Denied(CallerIdentity caller, string method) => caller.IsKnown
        ? new(
            StatusCode.PermissionDenied,
            Reason.NotPermitted,
            $"The policy does not let {ErrorText.Shorten(caller.Name, MaxNameSize)} call {method}.")
        : new(
            StatusCode.Unauthenticated,
            Reason.Unauthenticated,
            $"The policy does not let anonymous callers call {method}. Send a token or a client certificate.");
}
