using Grpc.Core;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Microsoft.AspNetCore.Http.Features;

namespace Rke.Gateway.Observability;

/// <summary>The gRPC status of a request that has ended.</summary>
internal static class CallStatus
{
    private const string GrpcContentType = "application/grpc";
    private const string StatusTrailer = "grpc-status";

    private static readonly string[] Names =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    /// <summary>The number of status codes.</summary>
    public static int Count => Names.Length;

    /// <summary>Whether a request is a call: gRPC, gRPC-Web or JSON.</summary>
    public static bool IsCall(HttpContext context) => IsGrpc(context) || IsJson(context);

    /// <summary>Whether a request is a call as JSON.</summary>
    public static bool IsJson(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>() is not null
        && !HttpMethods.IsOptions(context.Request.Method);

    private static bool IsGrpc(HttpContext context) => HttpMethods.IsPost(context.Request.Method)
        && context.Request.ContentType?.StartsWith(GrpcContentType, StringComparison.Ordinal) == true;

    public static string NameOf(StatusCode code) => Names[(int)code];

    /// <summary>
    /// The status of a call. A call whose caller disconnected is CANCELLED: no client reads the status, and Grpc.AspNetCore writes
    /// UNKNOWN for the exception that ends the call.
    /// </summary>
    public static StatusCode Of(HttpContext context)
    {
        var code = (IsJson(context) ? OfJson(context) : WrittenTo(context)) ?? StatusCode.Unknown;
        return code == StatusCode.Unknown && context.RequestAborted.IsCancellationRequested ? StatusCode.Cancelled : code;
    }

    // GatewayInterceptor and JsonCalls note the status of a failed call. The HTTP status has less information.
    private static StatusCode? OfJson(HttpContext context) => context.Features.Get<CallEnd>()?.Code ?? context.Response.StatusCode switch
    {
        StatusCodes.Status200OK => StatusCode.OK,
        StatusCodes.Status400BadRequest => StatusCode.InvalidArgument,
        _ => null,
    };

    // The status is a trailer, or a header if the response has no body. A stream that was reset may have neither.
    private static StatusCode? WrittenTo(HttpContext context)
    {
        var trailers = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var text = trailers is not null && trailers.TryGetValue(StatusTrailer, out var trailer)
            ? trailer.ToString()
            : context.Response.Headers[StatusTrailer].ToString();
        return int.TryParse(text, out var code) && code >= 0 && code < Names.Length ? (StatusCode)code : null;
    }
}
