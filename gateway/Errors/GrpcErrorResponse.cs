using System.Globalization;

namespace Rke.Gateway.Errors;

/// <summary>An error as the whole response to a gRPC call: the response has no message, so the status is in its headers.</summary>
internal static class GrpcErrorResponse
{
    public const string StatusHeader = "grpc-status";
    public const string MessageHeader = "grpc-message";
    public const string DetailsHeader = "grpc-status-details-bin";

    private const string ContentType = "application/grpc";

    public static void Write(HttpResponse response, CallFailure failure)
    {
        response.ContentType = ContentType;
        response.Headers[StatusHeader] = ((int)failure.Code).ToString(CultureInfo.InvariantCulture);
        response.Headers[MessageHeader] = failure.Message;
        foreach (var entry in failure.ToException().Trailers)
        {
            response.Headers[entry.Key] = Convert.ToBase64String(entry.ValueBytes).TrimEnd('=');
        }
    }
}
