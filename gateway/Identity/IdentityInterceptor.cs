using Grpc.Core;
using Rke.Gateway.Services;

namespace Rke.Gateway.Identity;

/// <summary>Notes on every call who makes it.</summary>
internal sealed class IdentityInterceptor(CallerIdentification identification) : CallInterceptor
{
    protected override async Task RunAsync(ServerCallContext context, object? request, Func<Task> call)
    {
        var http = context.GetHttpContext();
        http.Features.Set(await identification.FindAsync(http));
        await call();
    }
}
