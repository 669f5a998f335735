using System.Collections.Concurrent;
using Grpc.Core;
using Rke.Grpc.Client;

namespace Grpc.Net.Client;

/// <summary>A way to one server over HTTP/2. Made once and shared by all calls and threads.</summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    private readonly ConcurrentDictionary<string, Uri> _addresses = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _disposal = new();
    private readonly bool _ownsInvoker;
    private readonly bool _mayInsecure;
    private int _isDisposed;

    private GrpcChannel(Uri address, GrpcChannelOptions options)
        : base(address.Authority)
    {
        if (options is { HttpClient: not null, HttpHandler: not null })
        {
            throw new ArgumentException("Set either HttpClient or HttpHandler, not both.", nameof(options));
        }

        IsSecure = IsSecureScheme(address);
        if (options.Credentials is { } credentials && credentials.IsSecure != IsSecure)
        {
            throw new InvalidOperationException(
                $"The credentials of the channel do not go with the scheme '{address.Scheme}'.");
        }

        Address = address;
        Credentials = options.Credentials?.CallCredentials;
        MaxSendLength = options.MaxSendMessageSize ?? int.MaxValue;
        MaxReceiveLength = options.MaxReceiveMessageSize ?? int.MaxValue;
        ThrowsOperationCanceled = options.ThrowOperationCanceledOnCancellation;
        _mayInsecure = options.UnsafeUseInsecureChannelCallCredentials;
        _ownsInvoker = options.DisposeHttpClient || options is { HttpClient: null, HttpHandler: null };
        Invoker = options.HttpClient ?? new HttpMessageInvoker(options.HttpHandler ?? CreateHandler(), _ownsInvoker);
    }

    internal Uri Address { get; }

    internal HttpMessageInvoker Invoker { get; }

    internal bool IsSecure { get; }

    internal CallCredentials? Credentials { get; }

    internal int MaxSendLength { get; }

    internal int MaxReceiveLength { get; }

    internal bool ThrowsOperationCanceled { get; }

    internal bool MayUseCallCredentials => IsSecure || _mayInsecure;

    /// <summary>Cancelled when the channel is disposed of.</summary>
    internal CancellationToken Disposal => _disposal.Token;

    public static GrpcChannel ForAddress(string address) => ForAddress(address, new GrpcChannelOptions());

    public static GrpcChannel ForAddress(string address, GrpcChannelOptions channelOptions)
    {
        ArgumentNullException.ThrowIfNull(address);
        return ForAddress(new Uri(address), channelOptions);
    }

    public static GrpcChannel ForAddress(Uri address) => ForAddress(address, new GrpcChannelOptions());

    public static GrpcChannel ForAddress(Uri address, GrpcChannelOptions channelOptions)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(channelOptions);
        return new GrpcChannel(address, channelOptions);
    }

    public override CallInvoker CreateCallInvoker()
    {
        ThrowIfDisposed();
        return new ChannelCallInvoker(this);
    }

    /// <summary>Cancels all calls and closes the connections.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _disposal.Cancel();
        _disposal.Dispose();
        if (_ownsInvoker)
        {
            Invoker.Dispose();
        }
    }

    internal Uri AddressOf(IMethod method) =>
        _addresses.GetOrAdd(method.FullName, static (path, address) => new Uri(address, path), Address);

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);

    protected override Task ShutdownAsyncCore()
    {
        Dispose();
        return Task.CompletedTask;
    }

    private static bool IsSecureScheme(Uri address) => address.Scheme switch
    {
        "https" => true,
        "http" => false,
        _ => throw new ArgumentException($"The scheme '{address.Scheme}' is not http or https.", nameof(address)),
    };

    private static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,

        // One connection has room for about a hundred calls at once; more calls open more.
        EnableMultipleHttp2Connections = true,
    };
}
