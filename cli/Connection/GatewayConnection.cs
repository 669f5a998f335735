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
    private volatile bool _wantsCertificate;

    public GatewayConnection(Uri address, SslClientAuthenticationOptions tls)
    {
        _address = address;
        _hasCertificate = tls.ClientCertificateContext is not null;
        tls.RemoteCertificateValidationCallback = _validator.Check;
        if (!_hasCertificate)
        {
            // The second call, with the certificate of the server, is for its request of a client certificate.
            tls.LocalCertificateSelectionCallback = (_, _, _, remote, _) =>
            {
                _wantsCertificate |= remote is not null;
                return null!;
            };
        }

        Channel = GrpcChannel.ForAddress(address, new()
        {
            HttpHandler = new SocketsHttpHandler { SslOptions = tls, AllowAutoRedirect = false },
            DisposeHttpClient = true,
        });
    }

    public GrpcChannel Channel { get; }

    /// <summary>Whether a message has arrived.</summary>
    public bool HasResponded { get; set; }

    public async Task<Failure> ExplainAsync(RpcException exception, CancellationToken cancellationToken)
    {
        // The client sets DebugException only for a status of its own, not for a status of the server.
        if (exception is not { StatusCode: not StatusCode.DeadlineExceeded, Status.DebugException: { } cause })
        {
            return exception.StatusCode == StatusCode.Unimplemented && exception.Trailers.GetRpcStatus(ignoreParseError: true) is null
                && await FindKindAsync(cancellationToken) == ServerKind.GatewayHttpPort
                ? ConnectionFailure.HttpPort(_address)
                : GrpcFailure.Explain(exception, _address);
        }

        var failure = new ConnectionFailure(_address)
        {
            Distrust = _validator.Problem,
            HasCertificate = _hasCertificate,
            WantsCertificate = _wantsCertificate,
            HasResponded = HasResponded,
        };
        var explained = failure.Explain(cause);
        return explained.IsNotHttp2
            ? await FindKindAsync(cancellationToken) switch
            {
                ServerKind.GatewayHttpPort => ConnectionFailure.HttpPort(_address),
                ServerKind.Http => explained.Failure with
                {
                    Message = $"The server at {_address.GetLeftPart(UriPartial.Authority)} responds with HTTP/1.1, and gRPC needs HTTP/2.",
                },
                _ => explained.Failure,
            }
            : explained.Failure;
    }

    private async Task<ServerKind> FindKindAsync(CancellationToken cancellationToken) => _address.Scheme == Uri.UriSchemeHttp
        ? await ServerKinds.FindAsync(_address, cancellationToken)
        : ServerKind.Unknown;

    public void Dispose() => Channel.Dispose();
}
