using System.Net.Http.Headers;
using Grpc.Core;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Client;

/// <summary>The server's own metadata among the headers or trailers of a response.</summary>
internal static class ResponseMetadata
{
    // What the protocol itself uses (PROTOCOL-HTTP2, Responses).
    private static readonly HashSet<string> OfProtocol = new(StringComparer.OrdinalIgnoreCase)
    {
        "grpc-status", "grpc-message", "grpc-encoding", "grpc-accept-encoding",
    };

    /// <summary>Reads what is metadata; a <c>-bin</c> value that is not base64 is left out.</summary>
    public static Metadata Read(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (key, values) in headers.NonValidated)
        {
            if (OfProtocol.Contains(key) || !Metadata.IsValidKey(key))
            {
                continue;
            }

            if (BinaryMetadata.IsBinary(key))
            {
                BinaryMetadata.TryAdd(metadata, key, string.Join(',', values));
                continue;
            }

            foreach (var value in values)
            {
                metadata.Add(key, value);
            }
        }

        return metadata;
    }
}
