using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rke.Grpc.Server;

/// <summary>Tells gRPC requests from others, and refuses the others as HTTP does.</summary>
internal static class GrpcRequest
{
    public const string ContentType = "application/grpc";

    /// <summary>Whether a content type is <c>application/grpc</c>, also with a suffix or parameters.</summary>
    public static bool IsGrpcContentType(string? contentType)
    {
        if (contentType is null || !contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // application/grpc-web is another protocol.
        return contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';';
    }

    /// <summary>Takes the request, or answers it with an HTTP error (PROTOCOL-HTTP2, Content-Type: 415).</summary>
    public static bool TryAccept(HttpContext context, out Task refused)
    {
        refused = Task.CompletedTask;
        var request = context.Request;
        if (!HttpProtocol.IsHttp2(request.Protocol) && !HttpProtocol.IsHttp3(request.Protocol))
        {
            context.Response.Headers.Upgrade = HttpProtocol.Http2;
            Refuse(context.Response, StatusCodes.Status426UpgradeRequired, "gRPC needs HTTP/2.");
            return false;
        }

        if (!IsGrpcContentType(request.ContentType))
        {
            Refuse(
                context.Response,
                StatusCodes.Status415UnsupportedMediaType,
                $"The content type is not {ContentType}.");
            return false;
        }

        return true;
    }

    private static void Refuse(HttpResponse response, int httpStatus, string detail)
    {
        CallResponse.EndTrailersOnly(response, new Status(StatusCode.Internal, detail), trailers: null);
        response.StatusCode = httpStatus;
    }
}
