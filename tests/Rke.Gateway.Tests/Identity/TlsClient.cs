using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Rke.V1;

namespace Rke.Gateway.Tests.Identity;

/// <summary>A client that trusts only one authority, with or without a client certificate.</summary>
internal sealed class TlsClient : IDisposable
{
    private readonly TestAuthority _authority;
    private readonly X509Certificate2? _own;
    private readonly SocketsHttpHandler _handler;

    public TlsClient(Uri gateway, TestAuthority authority, X509Certificate2? own = null)
    {
        (_authority, _own) = (authority, own);
        _handler = CreateHandler();
        Channel = GrpcChannel.ForAddress(gateway, new() { HttpHandler = _handler });
        Client = new(Channel);
    }

    public GrpcChannel Channel { get; }

    public RkeService.RkeServiceClient Client { get; }

    /// <summary>The thumbprints of the server certificates that the client has received.</summary>
    public ConcurrentDictionary<string, bool> Seen { get; } = new(StringComparer.Ordinal);

    public void Dispose()
    {
        Channel.Dispose();
        _handler.Dispose();
    }

    /// <summary>A new handler with the same authority and certificate.</summary>
    public SocketsHttpHandler CreateHandler()
    {
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { _authority.Certificate },
        };
        return new()
        {
            SslOptions = new()
            {
                CertificateChainPolicy = trust,
                LocalCertificateSelectionCallback = _own is null ? null : (_, _, _, _, _) => _own,
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                {
                    Seen[((X509Certificate2)certificate!).Thumbprint] = true;
                    return errors == SslPolicyErrors.None;
                },
            },
        };
    }
}
