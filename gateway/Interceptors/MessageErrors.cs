using System.Globalization;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// The errors for messages that the gRPC library rejects: messages above <c>Rke:Grpc:MaxMessageSize</c>, and messages that are not gRPC
/// or not protobuf. The library reads a message before it calls the interceptors, and its errors have no details. For unreadable messages
/// it reports UNKNOWN or INTERNAL, and logs an error that a caller can repeat at will.
/// </summary>
internal static class MessageErrors
{
    public static CallFailure Unreadable { get; } = new(
        StatusCode.InvalidArgument,
        Reason.MessageUnreadable,
        "The message is not a valid gRPC message of this method. Use a client that is generated from the protos of the gateway.");

    /// <summary>Corrects the response of a request that has ended.</summary>
    public static void Correct(HttpContext context)
    {
        // The response has no message, so the status is in its headers. A call whose caller has disconnected is UNKNOWN too.
        if (context.Response.HasStarted)
        {
            return;
        }

        var headers = context.Response.Headers;
        if (!context.RequestAborted.IsCancellationRequested
            && context.Features.Get<ReadRequest>() is null
            && !headers.ContainsKey(GrpcErrorResponse.DetailsHeader)
            && FailureOf(headers) is { } failure)
        {
            GrpcErrorResponse.Write(context.Response, failure);
            CallReason.Note(context, failure.Reason);
        }
    }

    private static CallFailure? FailureOf(IHeaderDictionary headers)
    {
        var status = headers[GrpcErrorResponse.StatusHeader].ToString();
        return status == TextOf(StatusCode.Unknown) || status == TextOf(StatusCode.Internal) ? Unreadable
            : status == TextOf(StatusCode.ResourceExhausted) ? new(
                StatusCode.ResourceExhausted, Reason.MessageTooLarge, Uri.UnescapeDataString(headers[GrpcErrorResponse.MessageHeader].ToString()))
            : null;
    }

    private static string TextOf(StatusCode code) => ((int)code).ToString(CultureInfo.InvariantCulture);
}
