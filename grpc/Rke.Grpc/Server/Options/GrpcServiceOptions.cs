using System.IO.Compression;

namespace Grpc.AspNetCore.Server;

/// <summary>Options of all services.</summary>
public class GrpcServiceOptions
{
    internal const int DefaultReceiveMaxMessageSize = 4 * 1024 * 1024;

    private int? _maxReceiveMessageSize;
    private int? _maxSendMessageSize;

    /// <summary>Longest message that is sent, in bytes; null for no limit.</summary>
    public int? MaxSendMessageSize
    {
        get => _maxSendMessageSize;
        set
        {
            _maxSendMessageSize = value;
            IsMaxSendMessageSizeSet = true;
        }
    }

    /// <summary>
    /// Longest message that is received, after decompression, in bytes; null for no limit. 4 MiB unless set.
    /// </summary>
    public int? MaxReceiveMessageSize
    {
        get => _maxReceiveMessageSize;
        set
        {
            _maxReceiveMessageSize = value;
            IsMaxReceiveMessageSizeSet = true;
        }
    }

    /// <summary>Whether the text of unexpected exceptions goes to callers. For development.</summary>
    public bool? EnableDetailedErrors { get; set; }

    /// <summary>The encoding of responses to callers that accept it: <c>gzip</c>, or null for none.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    /// <summary>How hard responses are compressed.</summary>
    public CompressionLevel? ResponseCompressionLevel { get; set; }

    /// <summary>Whether requests for unknown services are left to other endpoints instead of UNIMPLEMENTED.</summary>
    public bool? IgnoreUnknownServices { get; set; }

    /// <summary>Interceptors of every call; the first sees it first.</summary>
    public InterceptorCollection Interceptors { get; } = [];

    internal bool IsMaxSendMessageSizeSet { get; private set; }

    internal bool IsMaxReceiveMessageSizeSet { get; private set; }
}
