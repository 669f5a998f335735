using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Client;

/// <summary>The one request of a call, serialized when the transport asks for it.</summary>
internal sealed class SingleMessageContent<T> : HttpContent
    where T : class
{
    private readonly ClientCall _call;
    private readonly Marshaller<T> _marshaller;
    private readonly T _message;

    public SingleMessageContent(ClientCall call, Marshaller<T> marshaller, T message)
    {
        _call = call;
        _marshaller = marshaller;
        _message = message;
        Headers.ContentType = new MediaTypeHeaderValue(Server.GrpcRequest.ContentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using var buffer = new PooledBuffer();
        MessageSerializer.Write(_marshaller, _message, buffer, _call.MaxSendLength, _call.Gzip);
        await stream.WriteAsync(buffer.Written, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
