using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Server;

/// <summary>The caller's own metadata among the headers of a request.</summary>
internal static class RequestMetadata
{
    /// <summary>A response header of this name is not sent; it picks the encoding of the responses.</summary>
    public const string EncodingRequest = "grpc-internal-encoding-request";

    // What the protocol itself uses (PROTOCOL-HTTP2, Call-Definition).
    private static readonly HashSet<string> OfProtocol = new(StringComparer.OrdinalIgnoreCase)
    {
        "grpc-encoding", "grpc-accept-encoding", "grpc-timeout", "content-type", "te", "host", "accept-encoding",
    };

    /// <exception cref="RpcException">The base64 of a <c>-bin</c> header is broken.</exception>
    public static Metadata Read(HttpRequest request)
    {
        var metadata = new Metadata();
        foreach (var (key, values) in request.Headers)
        {
            if (OfProtocol.Contains(key) || !Metadata.IsValidKey(key))
            {
                continue;
            }

            if (!BinaryMetadata.IsBinary(key))
            {
                metadata.Add(key, values.ToString());
            }
            else if (!BinaryMetadata.TryAdd(metadata, key, values.ToString()))
            {
                throw new RpcException(new Status(StatusCode.Internal, $"The header {key} is not base64."));
            }
        }

        return metadata;
    }
}
