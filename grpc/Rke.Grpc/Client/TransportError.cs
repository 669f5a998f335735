using Grpc.Core;

namespace Rke.Grpc.Client;

/// <summary>What a failure of the transport means as a status.</summary>
internal static class TransportError
{
    public static Status ToStatus(Exception exception)
    {
        for (var each = exception; each is not null; each = each.InnerException)
        {
            switch (each)
            {
                case RpcException rpc:
                    return rpc.Status;
                case HttpProtocolException protocol:
                    return new Status(OfReset(protocol.ErrorCode), "The stream was reset.", exception);
                case HttpRequestException
                {
                    HttpRequestError: HttpRequestError.NameResolutionError
                    or HttpRequestError.ConnectionError
                    or HttpRequestError.SecureConnectionError
                    or HttpRequestError.ProxyTunnelError
                }:
                    return new Status(StatusCode.Unavailable, "The server cannot be reached.", exception);
                case HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return new Status(StatusCode.Unavailable, "The connection was lost.", exception);
                case IOException or System.Net.Sockets.SocketException:
                    return new Status(StatusCode.Unavailable, "The connection was lost.", exception);
                default:
                    break;
            }
        }

        return new Status(
            exception is HttpRequestException ? StatusCode.Internal : StatusCode.Unknown,
            "The call could not be made.",
            exception);
    }

    // PROTOCOL-HTTP2, Errors.
    private static StatusCode OfReset(long errorCode) => errorCode switch
    {
        0x7 => StatusCode.Unavailable, // REFUSED_STREAM
        0x8 => StatusCode.Cancelled, // CANCEL
        0xb => StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        0xc => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => StatusCode.Internal,
    };
}
