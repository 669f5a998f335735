using Grpc.AspNetCore.Server;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Identity;
using Rke.Gateway.Observability;
using Rke.Gateway.Services;

namespace Rke.Gateway.Policy;

/// <summary>
/// Lets calls through that the policy allows, reflection and administration like all others. Health is everybody's:
/// probes and balancers have no names.
/// </summary>
internal sealed class AuthorizationInterceptor(PolicyStore policy, AuthorizationMeter meter, ILogger<AuthorizationInterceptor> logger)
    : CallInterceptor
{
    private const string Health = "grpc.health.v1.Health/";

    protected override Task RunAsync(ServerCallContext context, object? request, Func<Task> call)
    {
        var http = context.GetHttpContext();
        var method = MethodNames.Of(http.GetEndpoint()!.Metadata.GetMetadata<GrpcMethodMetadata>()!.Method);
        if (method.StartsWith(Health, StringComparison.Ordinal))
        {
            return call();
        }

        var caller = CallerIdentity.Of(http);
        var permit = policy.Find(caller, method);
        meter.OnDecided(method, permit is not null);
        if (permit is null)
        {
            Log.CallDenied(logger, method, caller.Name);
            throw Denied(caller, method).ToException();
        }

        http.Features.Set(permit);
        return call();
    }

    private static CallFailure Denied(CallerIdentity caller, string method) => caller.IsKnown
        ? new(StatusCode.PermissionDenied, Reason.NotPermitted, $"The policy does not let {caller.Name} call {method}.")
        : new(StatusCode.Unauthenticated, Reason.Unauthenticated, $"The policy does not let callers without a name call {method}.");
}
