using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Rke.Grpc.Server;

/// <summary>One request, one response.</summary>
internal sealed class UnaryCallHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    UnaryServerMethod<TRequest, TResponse> invoke,
    CallSettings settings,
    TimeProvider timeProvider,
    ILogger logger) : CallHandler<TRequest, TResponse>(method, settings, timeProvider, logger)
    where TRequest : class
    where TResponse : class
{
    protected override async Task HandleCallAsync(ServerCall call)
    {
        try
        {
            var request = await ReadOnlyRequestAsync(call);
            var response = Require(await invoke(request, call));
            await call.StartResponseAsync();
            call.Write(ResponseMarshaller, response);
            await call.EndAsync();
            call.Release();
        }
        catch (Exception exception)
        {
            await call.EndAsync(exception);
            await RequestEnd.AwaitAsync(call.HttpContext, call.TimeProvider);
        }
    }
}
