namespace Grpc.Core;

/// <summary>One call, seen from its handler.</summary>
public abstract class ServerCallContext
{
    private Dictionary<object, object>? _userState;

    /// <summary>The request path, such as <c>/rke.v1.RkeService/PostKey</c>.</summary>
    public string Method => MethodCore;

    /// <summary>The authority that the caller asked.</summary>
    public string Host => HostCore;

    /// <summary>The caller's address, such as <c>ipv4:127.0.0.1:40000</c>.</summary>
    public string Peer => PeerCore;

    /// <summary>When the caller stops waiting, in UTC; <see cref="DateTime.MaxValue"/> where it did not say.</summary>
    public DateTime Deadline => DeadlineCore;

    public Metadata RequestHeaders => RequestHeadersCore;

    /// <summary>Fires when the caller gave up or the deadline passed.</summary>
    public CancellationToken CancellationToken => CancellationTokenCore;

    /// <summary>Metadata to be sent with the status.</summary>
    public Metadata ResponseTrailers => ResponseTrailersCore;

    /// <summary>The status that the call ends with if its handler returns.</summary>
    public Status Status
    {
        get => StatusCore;
        set => StatusCore = value;
    }

    /// <summary>Options of the writes that follow.</summary>
    public WriteOptions? WriteOptions
    {
        get => WriteOptionsCore;
        set => WriteOptionsCore = value;
    }

    /// <summary>What is known of the caller from its TLS certificate.</summary>
    public AuthContext AuthContext => AuthContextCore;

    /// <summary>A place for interceptors and handlers to leave things for each other.</summary>
    public IDictionary<object, object> UserState => UserStateCore;

    protected abstract string MethodCore { get; }

    protected abstract string HostCore { get; }

    protected abstract string PeerCore { get; }

    protected abstract DateTime DeadlineCore { get; }

    protected abstract Metadata RequestHeadersCore { get; }

    protected abstract CancellationToken CancellationTokenCore { get; }

    protected abstract Metadata ResponseTrailersCore { get; }

    protected abstract Status StatusCore { get; set; }

    protected abstract WriteOptions? WriteOptionsCore { get; set; }

    protected abstract AuthContext AuthContextCore { get; }

    protected virtual IDictionary<object, object> UserStateCore => _userState ??= [];

    /// <summary>Sends the response headers now instead of with the first message. At most once.</summary>
    public Task WriteResponseHeadersAsync(Metadata responseHeaders) => WriteResponseHeadersAsyncCore(responseHeaders);

    /// <summary>Lets a call made on behalf of this one share its deadline and cancellation.</summary>
    public ContextPropagationToken CreatePropagationToken(ContextPropagationOptions? options = null) =>
        CreatePropagationTokenCore(options);

    private protected void ClearUserState() => _userState = null;

    protected abstract Task WriteResponseHeadersAsyncCore(Metadata responseHeaders);

    protected abstract ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options);
}
