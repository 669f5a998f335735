using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>How a channel reaches its server.</summary>
public sealed class GrpcChannelOptions
{
    internal const int DefaultReceiveMaxMessageSize = 4 * 1024 * 1024;

    /// <summary>Whether TLS is used, and credentials of every call. Unless set, the address decides.</summary>
    public ChannelCredentials? Credentials { get; set; }

    /// <summary>Longest message that is sent, in bytes; null for no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Longest message that is received, after decompression, in bytes; null for no limit.</summary>
    public int? MaxReceiveMessageSize { get; set; } = DefaultReceiveMaxMessageSize;

    /// <summary>A client to send with, instead of a handler.</summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>A handler to send with, instead of the channel's own.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Whether the given client or handler goes with the channel.</summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>
    /// Whether a call that is cancelled, or whose deadline passes, throws <see cref="OperationCanceledException"/>
    /// instead of <see cref="RpcException"/>.
    /// </summary>
    public bool ThrowOperationCanceledOnCancellation { get; set; }

    /// <summary>Whether call credentials may go over a connection without TLS.</summary>
    public bool UnsafeUseInsecureChannelCallCredentials { get; set; }
}
