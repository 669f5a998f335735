using System.IO.Compression;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Net.Client;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Client;

/// <summary>One call, seen from its caller: what it sends, how it ends.</summary>
internal abstract class ClientCall : IDisposable
{
    private readonly TaskCompletionSource<Metadata> _headers =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Lock _end = new();
    private readonly GrpcChannel _channel;
    private readonly IMethod _method;
    private readonly string? _host;
    private readonly CallOptions _options;
    private readonly CancellationTokenSource _cancellation;
    private readonly DateTime _deadline;
    private readonly ITimer? _timer;
    private readonly bool _expectsMessage;
    private Status? _status;
    private Metadata? _trailers;
    private HttpResponseMessage? _response;
    private bool _isDeadlinePassed;
    private bool _isCancelledHere;

    protected ClientCall(GrpcChannel channel, IMethod method, string? host, CallOptions options)
    {
        channel.ThrowIfDisposed();
        _channel = channel;
        _method = method;
        _expectsMessage = method.Type is MethodType.Unary or MethodType.ClientStreaming;
        _host = host;
        _options = options;
        _deadline = EarlierOf(options.Deadline, options.PropagationToken?.Deadline);
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(
            options.CancellationToken,
            options.PropagationToken?.CancellationToken ?? CancellationToken.None,
            channel.Disposal);

        Cancellation = _cancellation.Token;

        var requested = options.Headers?.GetValue(Server.RequestMetadata.EncodingRequest);
        Gzip = requested == MessageEncoding.Gzip ? CompressionLevel.Fastest : null;
        if (_deadline - DateTime.UtcNow is var left && left <= GrpcTimeout.LongestTimer)
        {
            _timer = TimeProvider.System.CreateTimer(
                static call => ((ClientCall)call!).PassDeadline(),
                this,
                left > TimeSpan.Zero ? left : TimeSpan.Zero,
                Timeout.InfiniteTimeSpan);
        }

        Cancellation.UnsafeRegister(static call => ((ClientCall)call!).EndByCancellation(), this);
    }

    /// <summary>Whether the call has its status.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_end)
            {
                return _status is not null;
            }
        }
    }

    /// <summary>The response headers, or the failure of a call that got none.</summary>
    public Task<Metadata> Headers => _headers.Task;

    /// <summary>Cancelled when the call has ended, however it did.</summary>
    public CancellationToken Cancellation { get; }

    public int MaxSendLength => _channel.MaxSendLength;

    public WriteOptions? WriteOptions { get; set; }

    /// <summary>How requests are compressed, where the caller asked for it.</summary>
    public CompressionLevel? Gzip { get; }

    protected int MaxReceiveLength => _channel.MaxReceiveLength;

    protected string? ResponseEncoding { get; private set; }

    public Status GetStatus()
    {
        lock (_end)
        {
            return _status ?? throw new InvalidOperationException("The call has no status yet.");
        }
    }

    public Metadata GetTrailers()
    {
        lock (_end)
        {
            return _trailers ?? throw new InvalidOperationException("The call has no trailers yet.");
        }
    }

    /// <summary>Cancels the call unless it has ended.</summary>
    public void Dispose() => End(new Status(StatusCode.Cancelled, "The call was disposed of."), [], here: true);

    /// <summary>Cancels the call unless it has ended.</summary>
    public void Cancel() => End(new Status(StatusCode.Cancelled, "The caller cancelled the call."), [], here: true);

    /// <summary>The exception of a call that has ended, or ends now because of this one.</summary>
    public Exception Fail(Exception exception)
    {
        if (exception is OperationCanceledException && Cancellation.IsCancellationRequested)
        {
            EndByCancellation();
        }
        else
        {
            End(TransportError.ToStatus(exception), []);
        }

        return Failure(exception);
    }

    /// <summary>What a call with a status other than OK throws.</summary>
    public Exception Failure(Exception? cause = null)
    {
        var status = GetStatus();
        var failure = new RpcException(
            new Status(status.StatusCode, status.Detail, status.DebugException ?? cause), GetTrailers());
        return _isCancelledHere && _channel.ThrowsOperationCanceled
            ? new OperationCanceledException(status.Detail, failure, _options.CancellationToken)
            : failure;
    }

    /// <summary>Ends the call as the peer says.</summary>
    protected void EndByPeer(Status status, Metadata trailers, bool hasMessage)
    {
        if (status.StatusCode == StatusCode.OK && !hasMessage && _expectsMessage)
        {
            status = FrameStatus.Missing.ToStatus(ResponseEncoding);
        }

        End(status, trailers);
    }

    /// <summary>Sends the request and gives the body of the response; null where the headers ended the call.</summary>
    protected async Task<PipeReader?> SendAsync(HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _channel.AddressOf(_method))
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        await AddHeadersAsync(request.Headers);
        var response = await _channel.Invoker.SendAsync(request, Cancellation);
        lock (_end)
        {
            if (_status is not null)
            {
                response.Dispose();
                return null;
            }

            _response = response;
        }

        var metadata = ResponseMetadata.Read(response.Headers);
        if (ResponseStatus.OfHeaders(response) is { } status)
        {
            _headers.TrySetResult([]);
            EndByPeer(status, metadata, hasMessage: false);
            return null;
        }

        ResponseEncoding = ResponseStatus.Value(response.Headers, "grpc-encoding");
        _headers.TrySetResult(metadata);
        return PipeReader.Create(await response.Content.ReadAsStreamAsync(Cancellation));
    }

    /// <summary>Ends the call as its trailers say.</summary>
    protected void EndByTrailers(bool hasMessage)
    {
        var trailers = _response!.TrailingHeaders;
        EndByPeer(ResponseStatus.OfTrailers(trailers), ResponseMetadata.Read(trailers), hasMessage);
    }

    private async Task AddHeadersAsync(HttpRequestHeaders headers)
    {
        var metadata = await AddCredentialsAsync(_options.Headers);
        headers.TryAddWithoutValidation("te", "trailers");
        headers.TryAddWithoutValidation("user-agent", ClientName.Value);
        headers.TryAddWithoutValidation("grpc-accept-encoding", MessageEncoding.Accepted);
        headers.Host = _host;
        if (Gzip is not null)
        {
            headers.TryAddWithoutValidation("grpc-encoding", MessageEncoding.Gzip);
        }

        if (_deadline != DateTime.MaxValue)
        {
            var left = _deadline - DateTime.UtcNow;
            headers.TryAddWithoutValidation("grpc-timeout", GrpcTimeout.Format(left));
        }

        foreach (var entry in metadata ?? Metadata.Empty)
        {
            if (entry.Key != Server.RequestMetadata.EncodingRequest)
            {
                var value = entry.IsBinary ? BinaryMetadata.Encode(entry) : entry.Value;
                headers.TryAddWithoutValidation(entry.Key, value);
            }
        }
    }

    private async ValueTask<Metadata?> AddCredentialsAsync(Metadata? metadata)
    {
        if (_channel.Credentials is null && _options.Credentials is null)
        {
            return metadata;
        }

        if (!_channel.MayUseCallCredentials)
        {
            throw new InvalidOperationException("Call credentials need a channel with TLS.");
        }

        var all = new Metadata();
        foreach (var entry in metadata ?? Metadata.Empty)
        {
            all.Add(entry);
        }

        var service = new Uri(_channel.Address, _method.ServiceName).AbsoluteUri;
        var context = new AuthInterceptorContext(service, _method.Name, Cancellation);
        foreach (var credentials in new[] { _channel.Credentials, _options.Credentials })
        {
            await (credentials?.AddToAsync(context, all) ?? Task.CompletedTask);
        }

        return all;
    }

    // Once; frees what the call holds. The stream is reset where it is not over.
    private void End(Status status, Metadata trailers, bool here = false)
    {
        lock (_end)
        {
            if (_status is not null)
            {
                return;
            }

            _status = status;
            _trailers = trailers;
            _isCancelledHere = here;
        }

        _timer?.Dispose();
        if (!_headers.Task.IsCompleted && _headers.TrySetException(Failure()))
        {
            // Whoever awaits the response sees it; the headers may be of no interest to anyone.
            _ = _headers.Task.Exception;
        }

        _cancellation.Cancel();
        _response?.Dispose();
        _cancellation.Dispose();
    }

    private void EndByCancellation()
    {
        if (_isDeadlinePassed)
        {
            End(new Status(StatusCode.DeadlineExceeded, "The deadline passed."), [], here: true);
        }
        else
        {
            Cancel();
        }
    }

    private void PassDeadline()
    {
        _isDeadlinePassed = true;
        EndByCancellation();
    }

    private static DateTime EarlierOf(DateTime? own, DateTime? parent)
    {
        if (own is { Kind: not DateTimeKind.Utc } && own != DateTime.MaxValue && own != DateTime.MinValue)
        {
            throw new InvalidOperationException("A deadline must be in UTC.");
        }

        var first = own ?? DateTime.MaxValue;
        return parent < first ? parent.Value : first;
    }
}
