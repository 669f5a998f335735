using System.Security.Cryptography.X509Certificates;

namespace Rke.Testing;

/// <summary>A folder with the files of certificate, key and authorities, like a mounted Secret.</summary>
public sealed class TlsFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-tls-");

    public string Certificate => PathOf("tls.crt");

    public string Key => PathOf("tls.key");

    public string Authorities => PathOf("ca.crt");

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public void Write(X509Certificate2 certificate)
    {
        WriteFile("tls.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        WriteFile("tls.crt", certificate.ExportCertificatePem());
    }

    public void WriteAuthorities(params X509Certificate2[] authorities) =>
        WriteFile("ca.crt", string.Join('\n', authorities.Select(authority => authority.ExportCertificatePem())));

    public void WriteFile(string name, string text)
    {
        var draft = PathOf("." + name);
        File.WriteAllText(draft, text);
        File.Move(draft, PathOf(name), overwrite: true);
    }

    /// <summary>The settings of a gateway for these files.</summary>
    public Dictionary<string, string?> Settings(bool isMutual) => new(StringComparer.Ordinal)
    {
        ["Rke:Grpc:Url"] = "https://127.0.0.1:0",
        ["Rke:Grpc:Tls:Certificate"] = Certificate,
        ["Rke:Grpc:Tls:Key"] = Key,
        ["Rke:Grpc:Tls:ClientAuthorities"] = isMutual ? Authorities : null,
        ["Rke:Reload:Interval"] = "00:00:00.020",
    };

    public void Dispose() => _folder.Delete(recursive: true);
}
