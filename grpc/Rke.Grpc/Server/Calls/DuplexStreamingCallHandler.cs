using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Rke.Grpc.Server;

/// <summary>Many requests, many responses.</summary>
internal sealed class DuplexStreamingCallHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    DuplexStreamingServerMethod<TRequest, TResponse> invoke,
    CallSettings settings,
    TimeProvider timeProvider,
    ILogger logger) : CallHandler<TRequest, TResponse>(method, settings, timeProvider, logger)
    where TRequest : class
    where TResponse : class
{
    protected override async Task HandleCallAsync(ServerCall call)
    {
        var requests = new RequestStream<TRequest>(call, RequestMarshaller);
        try
        {
            await invoke(requests, new ResponseStream<TResponse>(call, ResponseMarshaller), call);
            await call.EndAsync();
        }
        catch (Exception exception)
        {
            await call.EndAsync(exception);
        }

        await requests.LetEndAsync();
    }
}
