using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Client;

/// <summary>The status of a call in the headers and trailers of its response.</summary>
internal static class ResponseStatus
{
    /// <summary>The status of a response that ends with its headers, or is not gRPC; else null.</summary>
    public static Status? OfHeaders(HttpResponseMessage response)
    {
        if (Value(response.Headers, "grpc-status") is { } code)
        {
            return Parse(code, response.Headers);
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new Status(OfHttp(response.StatusCode), $"The answer was HTTP {(int)response.StatusCode}.");
        }

        var contentType = Value(response.Content.Headers, "content-type");
        return Server.GrpcRequest.IsGrpcContentType(contentType)
            ? null
            : new Status(StatusCode.Unknown, $"The answer is not gRPC; its content type is '{contentType}'.");
    }

    /// <summary>The status behind the messages.</summary>
    public static Status OfTrailers(HttpHeaders trailers) => Value(trailers, "grpc-status") is { } code
        ? Parse(code, trailers)
        : new Status(StatusCode.Unknown, "The answer ended without a grpc-status.");

    /// <summary>The last value of a header, or null.</summary>
    public static string? Value(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.LastOrDefault() : null;

    private static Status Parse(string code, HttpHeaders headers)
    {
        var detail = PercentEncoding.Decode(Value(headers, "grpc-message") ?? "");
        return int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new Status((StatusCode)number, detail)
            : new Status(StatusCode.Unknown, $"The grpc-status '{code}' is not a number.");
    }

    // gRPC's http-grpc-status-mapping, for answers of proxies.
    private static StatusCode OfHttp(HttpStatusCode code) => code switch
    {
        HttpStatusCode.BadRequest => StatusCode.Internal,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests
            or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };
}
