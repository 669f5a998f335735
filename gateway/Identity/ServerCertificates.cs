using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Options;
using Rke.Gateway.Observability;
using Rke.Gateway.Reload;
using Rke.UdpBridge;

namespace Rke.Gateway.Identity;

/// <summary>
/// The server certificate, and the certificate authorities of clients, from files. New connections use the last valid
/// version. Open connections keep the version that they started with.
/// </summary>
internal class ServerCertificates : IReloadable
{
    // The list of authorities of a browser has about 250 kB.
    private const int MaxLength = 4 << 20;
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly TlsOptions _settings;
    private readonly TimeProvider _timeProvider;
    private volatile SslServerAuthenticationOptions? _options;
    private readonly string _port;
    private Measurement<long>[] _expiries = [];

    public ServerCertificates(IOptions<TlsOptions> options, IMeterFactory factory, TimeProvider timeProvider)
        : this(options.Value, ReloadMeter.Certificates, port: "", factory, timeProvider)
    {
    }

    /// <param name="settings">The files of a port.</param>
    /// <param name="name">The name of the files in the metrics of reloads.</param>
    /// <param name="port">Begins the names of the certificates in the metric of their expiry.</param>
    protected ServerCertificates(
        TlsOptions settings, string name, string port, IMeterFactory factory, TimeProvider timeProvider)
    {
        (_settings, Name, _port, _timeProvider) = (settings, name, port, timeProvider);
        GatewayMeter.Of(factory).CreateObservableGauge(
            "rke.certificate.expiry_timestamp",
            () => Volatile.Read(ref _expiries),
            "s",
            "When the certificate expires, in seconds since 1970.");
        Paths = [.. new[] { _settings.Certificate, _settings.Key, _settings.ClientAuthorities }.OfType<string>()];
    }

    public string Name { get; }

    /// <summary>The protocols that TLS offers.</summary>
    protected virtual List<SslApplicationProtocol> Protocols => [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    public IReadOnlyList<string> Paths { get; }

    /// <summary>The TLS options for new connections.</summary>
    public SslServerAuthenticationOptions Options => _options
        ?? throw new InvalidOperationException("The certificates have not been read yet.");

    public string? TryLoad()
    {
        var key = Array.Empty<char>();
        try
        {
            if (RegularFile.TryReadText(_settings.Certificate!, MaxLength, out var unreadable) is not { } chainPem)
            {
                return $"The certificate '{_settings.Certificate}' {unreadable}.";
            }

            if (TryReadKey(out unreadable) is not { } keyPem)
            {
                return $"The key '{_settings.Key}' {unreadable}.";
            }

            key = keyPem;
            var authorities = new X509Certificate2Collection();
            if (_settings.ClientAuthorities is { } path)
            {
                if (RegularFile.TryReadText(path, MaxLength, out unreadable) is not { } authoritiesPem)
                {
                    return $"The file of client authorities '{path}' {unreadable}.";
                }

                authorities.ImportFromPem(authoritiesPem);
            }

            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(chainPem);
            var certificate = X509Certificate2.CreateFromPem(chainPem, key);
            var problem = FindProblem(certificate, authorities);
            if (problem is null)
            {
                _options = Make(certificate, chain, authorities);
                Volatile.Write(ref _expiries, [
                    ExpiryOf(certificate, $"{_port}server"),
                    .. authorities.OrderBy(authority => authority.NotAfter).Take(1).Select(first => ExpiryOf(first, $"{_port}client_authority")),
                ]);
            }

            return problem;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return $"The certificate '{_settings.Certificate}' with the key '{_settings.Key}' cannot be used: {exception.Message}";
        }
        finally
        {
            Array.Clear(key);
        }
    }

    // The caller clears the characters.
    private char[]? TryReadKey(out string problem)
    {
        if (RegularFile.TryRead(_settings.Key!, MaxLength, out problem) is not { } bytes)
        {
            return null;
        }

        var key = GC.AllocateUninitializedArray<char>(bytes.Length, pinned: true);
        Encoding.Latin1.GetChars(bytes, key);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    private string? FindProblem(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        var now = TimeOfDay.Now(_timeProvider).UtcDateTime;
        if (certificate.NotAfter.ToUniversalTime() <= now)
        {
            return $"The certificate '{_settings.Certificate}' has expired on {certificate.NotAfter:u}; replace it.";
        }

        if (certificate.NotBefore.ToUniversalTime() > now)
        {
            return $"The certificate '{_settings.Certificate}' is not valid before {certificate.NotBefore:u}.";
        }

        return _settings.ClientAuthorities is { } path && authorities.Count == 0
            ? $"'{path}' contains no certificate; write the certificate authorities of clients to it, in PEM."
            : null;
    }

    private SslServerAuthenticationOptions Make(
        X509Certificate2 certificate, X509Certificate2Collection chain, X509Certificate2Collection authorities)
    {
        var options = new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,

            // Without HTTP/1.1 in this list, such a client would see a failed handshake and no reason (Listening/Http1Refusal).
            ApplicationProtocols = Protocols,
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
        };
        if (authorities.Count == 0)
        {
            return options;
        }

        options.ClientCertificateRequired = true;

        // A resumed connection would not be checked against the current authorities.
        options.AllowTlsResume = false;
        options.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            ApplicationPolicy = { new Oid(ClientAuthentication) },
        };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        var isRequired = _settings.RequireClientCertificate ?? true;
        options.RemoteCertificateValidationCallback = (_, remote, _, errors) => remote is null
            ? !isRequired
            : errors == SslPolicyErrors.None;
        return options;
    }

    private static Measurement<long> ExpiryOf(X509Certificate2 certificate, string which) => new(
        new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds(),
        new KeyValuePair<string, object?>("certificate", which));
}
