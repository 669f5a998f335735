using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rke.Deployment.Tests.Image;

/// <summary>Writes what a Secret of type kubernetes.io/tls holds: a certificate, its key, and who signed it.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly DateTimeOffset _begins = TimeProvider.System.GetUtcNow().AddDays(-1);
    private readonly X509Certificate2 _authority;

    public CertificateFolder()
    {
        var request = new CertificateRequest("CN=Test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _authority = request.CreateSelfSigned(_begins, _begins.AddDays(3));
    }

    public void WriteServer(DirectoryInfo folder, string host) =>
        Write(folder, ServerAuthentication, names => names.AddDnsName(host));

    public void WriteClient(DirectoryInfo folder, Uri name) =>
        Write(folder, ClientAuthentication, names => names.AddUri(name));

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }

    private void Write(DirectoryInfo folder, string usage, Action<SubjectAlternativeNameBuilder> name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        name(names);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        using var certificate = request.Create(
            _authority, _begins, _begins.AddDays(2), RandomNumberGenerator.GetBytes(12));
        File.WriteAllText(Path.Combine(folder.FullName, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder.FullName, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(folder.FullName, "ca.crt"), _authority.ExportCertificatePem());
    }
}
