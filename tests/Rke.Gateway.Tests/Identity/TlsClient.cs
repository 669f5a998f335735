using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Rke.V1;

namespace Rke.Gateway.Tests.Identity;

/// <summary>A client that trusts one authority alone, with a certificate of its own or none.</summary>
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

    /// <summary>The certificates that the server has shown, by thumbprint.</summary>
    public ConcurrentDictionary<string, bool> Seen { get; } = new(StringComparer.Ordinal);

    public void Dispose()
    {
        Channel.Dispose();
        _handler.Dispose();
    }

    /// <summary>Another handler that trusts the same authority and has the same certificate.</summary>
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
