using Grpc.Core;
using Rke.Gateway.Identity;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// Lets a call in: identifies the caller, and applies the policy, if one is configured, and the caller's quota. It stores the identity
/// and the permit in the features of the HTTP request.
/// </summary>
internal sealed class CallEntry(CallerIdentification identification, CallerQuota quota, CallAuthorization? authorization = null)
{
    /// <summary>Returns without a task if the identity and the quota need no other machine.</summary>
    public async ValueTask EnterAsync(ServerCallContext context, bool hasQuota)
    {
        var http = context.GetHttpContext();
        var caller = await identification.FindAsync(http);
        http.Features.Set(caller);
        authorization?.Authorize(http, caller);
        if (hasQuota)
        {
            await quota.TakeAsync(context);
        }
    }
}
