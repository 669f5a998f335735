using System.IO.Compression;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Server;

/// <summary>One call: its context for the handler, and its way to the end, which is reached once.</summary>
internal sealed partial class ServerCall : HttpContextServerCallContext, IDisposable
{
    private HttpContext _context = null!;
    private CallHandler _handler = null!;
    private CallDeadline? _deadline;
    private Task _completion = Task.CompletedTask;
    private bool _hasEnded;
    private bool _isDeadlinePassed;
    private bool _isGzip;
    private bool _isIdle;

    private ServerCall()
    {
    }

    public override HttpContext HttpContext => _context;

    public CallSettings Settings => _handler.Settings;

    public TimeProvider TimeProvider => _handler.TimeProvider;

    public string? RequestEncoding => HttpContext.Request.Headers.GrpcEncoding;

    /// <summary>Sends the response headers unless they are gone. Completes at once but for others' callbacks.</summary>
    public Task StartResponseAsync()
    {
        var response = HttpContext.Response;
        if (response.HasStarted)
        {
            return Task.CompletedTask;
        }

        response.ContentType = GrpcRequest.ContentType;
        if (_isGzip || Settings.CompressesResponses)
        {
            _isGzip = MessageEncoding.ListsGzip(HttpContext.Request.Headers.GrpcAcceptEncoding);
            if (_isGzip)
            {
                response.Headers.GrpcEncoding = MessageEncoding.Gzip;
            }
        }

        return response.StartAsync();
    }

    /// <summary>Puts a message into the response; sent with the next flush or the end.</summary>
    public void Write<T>(Marshaller<T> marshaller, T message)
    {
        var isCompressed = _isGzip && (WriteOptions?.Flags & WriteFlags.NoCompress) != WriteFlags.NoCompress;
        CompressionLevel? gzip = isCompressed ? Settings.CompressionLevel : null;
        if (_deadline is null)
        {
            MessageSerializer.Write(marshaller, message, HttpContext.Response.BodyWriter, Settings.MaxSendLength, gzip);
            return;
        }

        // The deadline must not end the response within a message.
        lock (_deadline.Gate)
        {
            ThrowIfEnded();
            MessageSerializer.Write(marshaller, message, HttpContext.Response.BodyWriter, Settings.MaxSendLength, gzip);
        }
    }

    /// <summary>The exception for a fault in what the caller sent.</summary>
    public RpcException Fault(FrameStatus status)
    {
        if (status == FrameStatus.EncodingUnknown && !HttpContext.Response.HasStarted)
        {
            HttpContext.Response.Headers.GrpcAcceptEncoding = MessageEncoding.Accepted;
        }

        return new RpcException(status.ToStatus(RequestEncoding));
    }

    /// <summary>Waits for bytes of the request; that the caller is gone ends the wait as a cancellation.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadResult> ReadBodyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await HttpContext.Request.BodyReader.ReadAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or ConnectionAbortedException)
        {
            throw new CallerGoneException(exception, HttpContext.RequestAborted);
        }
    }

    /// <summary>
    /// What a wait of the handler is cancelled with: its own token and the deadline. That the caller is gone ends
    /// waits by itself. The source, where one was needed, is to be disposed of.
    /// </summary>
    public CancellationToken TokenOfWait(CancellationToken own, out CancellationTokenSource? source)
    {
        source = null;
        if (_deadline is null || own == _deadline.Token)
        {
            return own;
        }

        if (!own.CanBeCanceled)
        {
            return _deadline.Token;
        }

        source = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, own);
        return source.Token;
    }

    public void Dispose() => _deadline?.Dispose();

    public void ThrowIfEnded()
    {
        if (_isDeadlinePassed)
        {
            throw new OperationCanceledException("The deadline of the call has passed.", CancellationTokenCore);
        }

        if (_hasEnded)
        {
            throw new InvalidOperationException("The call has ended.");
        }
    }
}
