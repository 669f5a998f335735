using System.Net;
using System.Net.Http.Headers;

namespace Rke.Grpc.Client;

/// <summary>Keeps the body of a request open until the caller has written its last message.</summary>
internal sealed class StreamingContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClientCall _call;

    public StreamingContent(ClientCall call)
    {
        _call = call;
        Headers.ContentType = new MediaTypeHeaderValue(Server.GrpcRequest.ContentType);
    }

    /// <summary>The stream to write to, once the transport is ready.</summary>
    public Task<Stream> Stream => _stream.Task;

    public bool IsComplete => _completion.Task.IsCompleted;

    public void Complete() => _completion.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // Sends the headers, so that the server can begin.
        await stream.FlushAsync(cancellationToken);
        _stream.TrySetResult(stream);
        await _completion.Task.WaitAsync(_call.Cancellation);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
