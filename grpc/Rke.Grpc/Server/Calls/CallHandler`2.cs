using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Server;

/// <summary>What the handlers of the four kinds of call share.</summary>
internal abstract class CallHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method, CallSettings settings, TimeProvider timeProvider, ILogger logger)
    : CallHandler(method, settings, timeProvider, logger)
    where TRequest : class
    where TResponse : class
{
    protected Marshaller<TRequest> RequestMarshaller { get; } = method.RequestMarshaller;

    protected Marshaller<TResponse> ResponseMarshaller { get; } = method.ResponseMarshaller;

    protected static TResponse Require(TResponse? response) =>
        response ?? throw new RpcException(new Status(StatusCode.Cancelled, "The handler gave no response."));

    /// <summary>Reads the one request of a call, to the end of the stream behind it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    protected async ValueTask<TRequest> ReadOnlyRequestAsync(ServerCall call)
    {
        var body = call.HttpContext.Request.BodyReader;
        while (true)
        {
            var read = await call.ReadBodyAsync(CancellationToken.None);
            var status = FrameReader.TryReadOnly(
                read, Settings.MaxReceiveLength, out var isCompressed, out var payload);
            if (status == FrameStatus.Incomplete)
            {
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            TRequest? request = null;
            if (status == FrameStatus.Complete)
            {
                status = MessageDeserializer.TryRead(
                    RequestMarshaller,
                    payload,
                    isCompressed,
                    call.RequestEncoding,
                    Settings.MaxReceiveLength,
                    out request);
            }

            body.AdvanceTo(read.Buffer.End);
            return request ?? throw call.Fault(status);
        }
    }
}
