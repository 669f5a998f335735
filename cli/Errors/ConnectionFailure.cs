using System.Net.Sockets;
using System.Security.Authentication;

namespace Rke.Cli;

/// <summary>Makes a failure of an exception of the HTTP client: why a server cannot be called.</summary>
internal sealed class ConnectionFailure(Uri gateway)
{
    // The TLS alert of a server that offers only HTTP/1.1.
    private const string NoHttp2 = "no application protocol";

    private readonly string _address = gateway.GetLeftPart(UriPartial.Authority);

    /// <summary>Why the server's certificate is not trusted. Null if it is trusted.</summary>
    public string? Distrust { get; init; }

    /// <summary>Whether rkectl has a client certificate for the server.</summary>
    public bool HasCertificate { get; init; }

    /// <summary>Whether a message arrived on this connection before it failed.</summary>
    public bool HasResponded { get; init; }

    /// <summary>Whether the server requested a client certificate.</summary>
    public bool WantsCertificate { get; init; }

    private bool IsTls => gateway.Scheme == Uri.UriSchemeHttps;

    private string NotHttp2 => $"The server at {_address} does not respond with HTTP/2.";

    private string CertificateMissing => $"The server at {_address} requires a client certificate.";

    private string IsRunningAdvice => $"Is a gateway running at {_address}? Start one, or give another address with --gateway.";

    private string PortAdvice =>
        "Give the gateway's gRPC port with --gateway. "
        + (IsTls ? "Use http:// if the port has no TLS." : "Use https:// if the port has TLS.");

    private string ClientCertificateAdvice => HasCertificate
        ? "The server may not accept the certificate of --cert."
        : "The server may require a client certificate: --cert, --key.";

    /// <summary>The failure of a call to the HTTP port of a gateway.</summary>
    public static Failure HttpPort(Uri gateway) => new(
        ExitCode.Unavailable,
        $"{gateway.GetLeftPart(UriPartial.Authority)} is the HTTP port of the gateway, and not its gRPC port.")
    {
        Code = "UNAVAILABLE",
        Advice = "Give the port of Rke:Grpc:Url, 5001 by default.",
    };

    public (Failure Failure, bool IsNotHttp2) Explain(Exception cause)
    {
        var (message, advice) = Distrust is not null
            ? ($"The certificate of the server at {_address} is not trusted: {Distrust}.",
                "Give the authority of the certificate with --cacert, and in --gateway a host name of the certificate.")
            : HasResponded ? ($"The connection to {_address} broke.", IsRunningAdvice)
            : Chain(cause).Select(ExplainOne).FirstOrDefault(found => found is not null)
                ?? ($"{_address} cannot be called: {Chain(cause).Last().Message}", IsRunningAdvice);
        var failure = new Failure(ExitCode.Unavailable, message) { Code = "UNAVAILABLE", Advice = advice };
        return (failure, message == NotHttp2);
    }

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }

    private (string Message, string Advice)? ExplainOne(Exception exception) => exception switch
    {
        AuthenticationException or HttpRequestException when WantsCertificate && !HasCertificate && !HasResponded =>
            (CertificateMissing, "Give one with --cert and --key."),
        AuthenticationException { InnerException: null } => ($"The server at {_address} does not respond with TLS.", PortAdvice),
        AuthenticationException when Chain(exception).Last().Message.EndsWith(NoHttp2, StringComparison.Ordinal) =>
            (NotHttp2, PortAdvice),
        AuthenticationException => (
            $"The TLS handshake with {_address} failed: {OpenSslReason(Chain(exception).Last().Message)}.", ClientCertificateAdvice),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: IOException } => (
            $"The server at {_address} closed the connection during the TLS handshake.", ClientCertificateAdvice),
        // The handshake selected HTTP/2. A connection that ends without a frame was therefore closed by the server.
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.ResponseEnded,
        }
            or HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: IOException or null } when IsTls => (
            $"The server at {_address} closed the connection after the TLS handshake, before it responded.",
            ClientCertificateAdvice),
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError
                or HttpRequestError.VersionNegotiationError,
        }
            or HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: null } => (
            NotHttp2, PortAdvice),
        HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: IOException } => (
            $"The server at {_address} closed the connection before it responded.", IsRunningAdvice),
        SocketException socket => socket.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.NoData =>
                ($"The host name '{gateway.Host}' is not found.", "Check the name in --gateway."),
            SocketError.TryAgain =>
                ($"The host name '{gateway.Host}' cannot be looked up now.", "Check the name in --gateway, and the name servers."),
            SocketError.ConnectionRefused => ($"{_address} refuses the connection.", IsRunningAdvice),
            _ => ($"{_address} cannot be reached: {socket.Message}.", IsRunningAdvice),
        },
        _ => null,
    };

    // OpenSSL writes 'error:0A000410:SSL routines::sslv3 alert handshake failure'.
    private static string OpenSslReason(string message) => message[(message.LastIndexOf(':') + 1)..].TrimEnd('.');
}
