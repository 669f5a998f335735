using System.Security.Cryptography.X509Certificates;

namespace Rke.Deployment.Tests.Image;

/// <summary>Writes what a Secret of type kubernetes.io/tls holds: a certificate, its key, and who signed it.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void WriteServer(DirectoryInfo folder, string host) => Write(folder, _authority.SignServer(host));

    public void WriteClient(DirectoryInfo folder, Uri name) => Write(folder, _authority.SignClient($"{name}"));

    public void Dispose() => _authority.Dispose();

    private void Write(DirectoryInfo folder, X509Certificate2 signed)
    {
        using var certificate = signed;
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(Path.Combine(folder.FullName, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder.FullName, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(folder.FullName, "ca.crt"), _authority.Certificate.ExportCertificatePem());
    }
}
