using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Rke.Grpc.Server;

/// <summary>One request, many responses.</summary>
internal sealed class ServerStreamingCallHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    ServerStreamingServerMethod<TRequest, TResponse> invoke,
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
            await invoke(request, new ResponseStream<TResponse>(call, ResponseMarshaller), call);
            await call.EndAsync();
        }
        catch (Exception exception)
        {
            await call.EndAsync(exception);
            await RequestEnd.AwaitAsync(call.HttpContext, call.TimeProvider);
        }
    }
}
