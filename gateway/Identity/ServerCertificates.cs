using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rke.Gateway.Configuration;
using Rke.Gateway.Observability;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Identity;

/// <summary>
/// The server's certificate and the authorities of clients', from files. New connections get the newest good ones;
/// those that are open keep theirs.
/// </summary>
internal sealed class ServerCertificates : IReloadable
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly TlsSettings _settings;
    private readonly TimeProvider _timeProvider;
    private volatile SslServerAuthenticationOptions? _options;
    private Measurement<long>[] _expiries = [];

    public ServerCertificates(TlsSettings settings, IMeterFactory factory, TimeProvider timeProvider)
    {
        _settings = settings;
        _timeProvider = timeProvider;
        GatewayMeter.Of(factory).CreateObservableGauge(
            "rke.certificate.expiry_timestamp",
            () => Volatile.Read(ref _expiries),
            "s",
            "When the certificate ends, seconds since 1970.");
        Paths = [.. new[] { settings.Certificate, settings.Key, settings.ClientAuthorities }.OfType<string>()];
    }

    public string Name => ReloadMeter.Certificates;

    public IReadOnlyList<string> Paths { get; }

    /// <summary>How a connection that comes now is secured.</summary>
    public SslServerAuthenticationOptions Options => _options
        ?? throw new InvalidOperationException("The certificates have not been read yet.");

    public string? TryLoad()
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(_settings.Certificate);
            var certificate = X509Certificate2.CreateFromPemFile(_settings.Certificate, _settings.Key);
            var authorities = new X509Certificate2Collection();
            if (_settings.ClientAuthorities is { } path)
            {
                authorities.ImportFromPemFile(path);
            }

            var problem = FindProblem(certificate, authorities);
            if (problem is null)
            {
                _options = Make(certificate, chain, authorities);
                Volatile.Write(ref _expiries, [
                    ExpiryOf(certificate, "server"),
                    .. authorities.OrderBy(authority => authority.NotAfter).Take(1).Select(first => ExpiryOf(first, "client_authority")),
                ]);
            }

            return problem;
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException
            or ArgumentException)
        {
            return $"The certificate '{_settings.Certificate}' with the key '{_settings.Key}' cannot be used: {exception.Message}";
        }
    }

    private string? FindProblem(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        var now = _timeProvider.GetUtcNow().UtcDateTime;
        if (certificate.NotAfter.ToUniversalTime() <= now)
        {
            return $"The certificate '{_settings.Certificate}' has expired on {certificate.NotAfter:u}; put a new one there.";
        }

        if (certificate.NotBefore.ToUniversalTime() > now)
        {
            return $"The certificate '{_settings.Certificate}' is not valid before {certificate.NotBefore:u}.";
        }

        return _settings.ClientAuthorities is { } path && authorities.Count == 0
            ? $"There is no certificate in '{path}'; write the authorities of clients' certificates there, in PEM."
            : null;
    }

    private SslServerAuthenticationOptions Make(
        X509Certificate2 certificate, X509Certificate2Collection chain, X509Certificate2Collection authorities)
    {
        var options = new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
        };
        if (authorities.Count == 0)
        {
            return options;
        }

        options.ClientCertificateRequired = true;

        // A resumed connection would not be checked against the authorities of today.
        options.AllowTlsResume = false;
        options.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            ApplicationPolicy = { new Oid(ClientAuthentication) },
        };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        var isRequired = _settings.RequireClientCertificate;
        options.RemoteCertificateValidationCallback = (_, remote, _, errors) => remote is null
            ? !isRequired
            : errors == SslPolicyErrors.None;
        return options;
    }

    private static Measurement<long> ExpiryOf(X509Certificate2 certificate, string which) => new(
        new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds(),
        new KeyValuePair<string, object?>("certificate", which));
}
