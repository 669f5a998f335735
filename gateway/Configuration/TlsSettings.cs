namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Grpc:Tls</c>: files in PEM.</summary>
/// <param name="Certificate">The server's certificate, and the intermediate ones behind it.</param>
/// <param name="Key">Its private key.</param>
/// <param name="ClientAuthorities">Who may sign clients' certificates; null = clients need none.</param>
/// <param name="RequireClientCertificate">A client without one is not let in.</param>
internal sealed record TlsSettings(string Certificate, string Key, string? ClientAuthorities, bool RequireClientCertificate)
{
    public static TlsSettings? Read(SettingsReader reader, bool isTls)
    {
        var (certificate, key) = (reader.ExistingFile("Certificate"), reader.ExistingFile("Key"));
        var authorities = reader.ExistingFile("ClientAuthorities");
        var isRequired = reader.Flag("RequireClientCertificate");
        if (isRequired == true && authorities is null)
        {
            reader.Reject("RequireClientCertificate", "is true, but nobody may sign one", "set Rke:Grpc:Tls:ClientAuthorities too");
        }

        if (!isTls)
        {
            if ((certificate ?? key ?? authorities) is not null)
            {
                reader.Reject("Certificate", "is set, but Rke:Grpc:Url is http", "write Rke:Grpc:Url = https://…, or remove it");
            }

            return null;
        }

        if (certificate is null || key is null)
        {
            reader.Reject(certificate is null ? "Certificate" : "Key", "is needed for https", "write the file's path, in PEM");
            return null;
        }

        return new(certificate, key, authorities, isRequired ?? authorities is not null);
    }
}
