using Microsoft.AspNetCore.Http;
using Rke.Grpc.Server;

namespace Grpc.Core;

/// <summary>The way from a call to ASP.NET Core.</summary>
public static class ServerCallContextExtensions
{
    // Tests of services put the context of a made-up call here.
    private const string UserStateKey = "__HttpContext";

    /// <summary>The HTTP context of the call.</summary>
    public static HttpContext GetHttpContext(this ServerCallContext serverCallContext)
    {
        ArgumentNullException.ThrowIfNull(serverCallContext);
        if (serverCallContext is HttpContextServerCallContext call)
        {
            return call.HttpContext;
        }

        return serverCallContext.UserState.TryGetValue(UserStateKey, out var found) && found is HttpContext context
            ? context
            : throw new InvalidOperationException("This call did not come through Kestrel and has no HttpContext.");
    }
}
