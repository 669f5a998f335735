using System.Net.Security;
using Grpc.Core;
using Grpc.Net.Client;

namespace Rke.Cli;

/// <summary>A channel to a gateway, and the state that explains a failed call on it.</summary>
internal sealed class GatewayConnection : IDisposable
{
    private readonly CertificateValidator _validator = new();
    private readonly Uri _address;
    private readonly bool _hasCertificate;

    public GatewayConnection(Uri address, SslClientAuthenticationOptions tls)
    {
        _address = address;
        _hasCertificate = tls.ClientCertificateContext is not null;
        tls.RemoteCertificateValidationCallback = _validator.Check;
        Channel = GrpcChannel.ForAddress(address, new()
        {
            HttpHandler = new SocketsHttpHandler { SslOptions = tls, AllowAutoRedirect = false },
            DisposeHttpClient = true,
        });
    }

    public GrpcChannel Channel { get; }

    /// <summary>Whether a message has arrived.</summary>
    public bool HasResponded { get; set; }

    public Failure Explain(RpcException exception)
    {
        // The client sets DebugException only for a status of its own, not for a status of the server.
        if (exception is not { StatusCode: not StatusCode.DeadlineExceeded, Status.DebugException: { } cause })
        {
            return GrpcFailure.Explain(exception, _address);
        }

        var failure = new ConnectionFailure(_address)
        {
            Distrust = _validator.Problem,
            HasCertificate = _hasCertificate,
            HasResponded = HasResponded,
        };
        return failure.Explain(cause);
    }

    public void Dispose() => Channel.Dispose();
}
