using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rke.Testing;

/// <summary>Signs certificates, for servers on loopback and for clients.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority(string name = "Test authority")
        : this(name, signer: null)
    {
    }

    private TestAuthority(string name, X509Certificate2? signer)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        if (signer is null)
        {
            Certificate = request.CreateSelfSigned(now.AddDays(-2), now.AddDays(2));
            return;
        }

        using var signed = request.Create(signer, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(12));
        Certificate = signed.CopyWithPrivateKey(_key);
    }

    public X509Certificate2 Certificate { get; }

    public X509Certificate2 SignServer(TimeSpan? endsIn = null) =>
        Sign("CN=gateway", ServerAuthentication, names => names.AddIpAddress(System.Net.IPAddress.Loopback), endsIn);

    public X509Certificate2 SignServer(string host) =>
        Sign("CN=gateway", ServerAuthentication, names => names.AddDnsName(host));

    public X509Certificate2 SignClient(string uri) =>
        Sign("CN=client", ClientAuthentication, names => names.AddUri(new Uri(uri)));

    /// <summary>An intermediate authority that this authority signs.</summary>
    public TestAuthority SignAuthority(string name) => new(name, Certificate);

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Sign(
        string subject, string usage, Action<SubjectAlternativeNameBuilder> name, TimeSpan? endsIn = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        name(names);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(
            Certificate, now.AddDays(-1), now + (endsIn ?? TimeSpan.FromDays(1)), RandomNumberGenerator.GetBytes(12));
        return certificate.CopyWithPrivateKey(key);
    }
}
