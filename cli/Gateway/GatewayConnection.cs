using System.Net.Security;
using Grpc.Core;
using Grpc.Net.Client;

namespace Rke.Cli;

/// <summary>A channel to a gateway, and what is known of a call that fails on it.</summary>
internal sealed class GatewayConnection : IDisposable
{
    private readonly ServerTrust _trust = new();
    private readonly Uri _address;
    private readonly bool _hasCertificate;

    public GatewayConnection(Uri address, SslClientAuthenticationOptions tls)
    {
        _address = address;
        _hasCertificate = tls.ClientCertificateContext is not null;
        tls.RemoteCertificateValidationCallback = _trust.Check;
        Channel = GrpcChannel.ForAddress(address, new()
        {
            HttpHandler = new SocketsHttpHandler { SslOptions = tls, AllowAutoRedirect = false },
            DisposeHttpClient = true,
        });
    }

    public GrpcChannel Channel { get; }

    /// <summary>Whether a message has arrived.</summary>
    public bool HasAnswered { get; set; }

    public Failure Explain(RpcException exception)
    {
        // The client sets an exception where the status is its own and not the server's.
        if (exception is not { StatusCode: not StatusCode.DeadlineExceeded, Status.DebugException: { } cause })
        {
            return RpcFailure.Explain(exception, _address);
        }

        var failure = new ConnectionFailure(_address)
        {
            Distrust = _trust.Problem,
            HasCertificate = _hasCertificate,
            HasAnswered = HasAnswered,
        };
        return failure.Explain(cause);
    }

    public void Dispose() => Channel.Dispose();
}
