using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Server;

/// <summary>Puts a status where the response has its place for it.</summary>
internal static class CallResponse
{
    // Values of grpc-status that need no new string.
    private static readonly string[] Codes =
        [.. Enumerable.Range(0, 17).Select(code => code.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Ends the call behind its messages, or in the headers where there are none.</summary>
    public static void End(HttpResponse response, Status status, Metadata? trailers)
    {
        if (!response.HasStarted)
        {
            EndTrailersOnly(response, status, trailers);
            return;
        }

        // Absent where the response has already ended, as after a reset.
        var destination = response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        if (destination is { IsReadOnly: false })
        {
            Write(destination, status, trailers);
        }
    }

    /// <summary>
    /// A response of headers alone (PROTOCOL-HTTP2, Trailers-Only). Without a body the status must not be a trailer:
    /// the server would say content-length: 0, and proxies drop trailers behind that.
    /// </summary>
    public static void EndTrailersOnly(HttpResponse response, Status status, Metadata? trailers)
    {
        response.ContentType = GrpcRequest.ContentType;
        Write(response.Headers, status, trailers);
    }

    /// <summary>Adds metadata to headers or trailers.</summary>
    public static void Write(IHeaderDictionary headers, Metadata metadata)
    {
        foreach (var entry in metadata)
        {
            var value = entry.IsBinary ? BinaryMetadata.Encode(entry) : entry.Value;
            headers[entry.Key] = StringValues.Concat(headers[entry.Key], value);
        }
    }

    private static void Write(IHeaderDictionary headers, Status status, Metadata? trailers)
    {
        if (trailers is { Count: > 0 })
        {
            Write(headers, trailers);
        }

        var code = (int)status.StatusCode;
        headers.GrpcStatus = (uint)code < (uint)Codes.Length
            ? Codes[code]
            : code.ToString(CultureInfo.InvariantCulture);
        if (!string.IsNullOrEmpty(status.Detail))
        {
            headers.GrpcMessage = PercentEncoding.Encode(status.Detail);
        }
    }
}
