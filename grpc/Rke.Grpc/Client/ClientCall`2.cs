using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Net.Client;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Client;

/// <summary>One call with its messages.</summary>
internal sealed class ClientCall<TRequest, TResponse>(
    GrpcChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options)
    : ClientCall(channel, method, host, options)
    where TRequest : class
    where TResponse : class
{
    private bool _hasMessage;

    /// <summary>Sends; a failure ends the call and gives no body.</summary>
    public async Task<PipeReader?> TrySendAsync(HttpContent content)
    {
        try
        {
            return await SendAsync(content);
        }
        catch (Exception exception)
        {
            Fail(exception);
            return null;
        }
    }

    /// <summary>Sends and waits for the one response.</summary>
    public async Task<TResponse> RunAsync(HttpContent content)
    {
        var body = await TrySendAsync(content);
        var response = body is null ? null : await ReadAsync(body);
        if (response is not null && body is not null)
        {
            // The status is behind the message; another message there is a fault.
            if (await ReadAsync(body) is not null)
            {
                throw Fail(new RpcException(FrameStatus.Surplus.ToStatus(ResponseEncoding)));
            }
        }

        return GetStatus().StatusCode == StatusCode.OK ? response! : throw Failure();
    }

    /// <summary>The next response; null when the call has ended with OK.</summary>
    public async ValueTask<TResponse?> ReadAsync(PipeReader body)
    {
        try
        {
            while (!HasEnded)
            {
                var read = await body.ReadAsync(Cancellation);
                var status = FrameReader.TryReadNext(read, MaxReceiveLength, out var isCompressed, out var payload);
                if (status == FrameStatus.Incomplete)
                {
                    body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                if (status == FrameStatus.Missing)
                {
                    body.AdvanceTo(read.Buffer.End);
                    await body.CompleteAsync();
                    EndByTrailers(_hasMessage);
                    break;
                }

                TResponse? message = null;
                if (status == FrameStatus.Complete)
                {
                    status = MessageDeserializer.TryRead(
                        method.ResponseMarshaller,
                        payload,
                        isCompressed,
                        ResponseEncoding,
                        MaxReceiveLength,
                        out message);
                }

                if (message is null)
                {
                    body.AdvanceTo(read.Buffer.End);
                    throw new RpcException(status.ToStatus(ResponseEncoding));
                }

                body.AdvanceTo(payload.End);
                _hasMessage = true;
                return message;
            }
        }
        catch (Exception exception)
        {
            await body.CompleteAsync();
            throw Fail(exception);
        }

        return GetStatus().StatusCode == StatusCode.OK ? null : throw Failure();
    }
}
