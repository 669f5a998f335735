using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Rke.Grpc.Server;

/// <summary>Many requests, one response.</summary>
internal sealed class ClientStreamingCallHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    ClientStreamingServerMethod<TRequest, TResponse> invoke,
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
            var response = Require(await invoke(requests, call));
            await call.StartResponseAsync();
            call.Write(ResponseMarshaller, response);
            await call.EndAsync();
        }
        catch (Exception exception)
        {
            await call.EndAsync(exception);
        }

        await requests.LetEndAsync();
    }
}
