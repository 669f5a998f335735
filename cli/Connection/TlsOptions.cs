using System.CommandLine;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Rke.Cli;

/// <summary>The options --cacert, --cert and --key. curl has options with the same names.</summary>
internal sealed class TlsOptions
{
    private const string AuthoritiesVariable = "RKE_CACERT";
    private const string CertificateVariable = "RKE_CERT";
    private const string KeyVariable = "RKE_KEY";

    private const int MaxLength = 1 << 20;

    private readonly Option<string> _authorities = new("--cacert")
    {
        Description = "PEM file of the certificate authorities to trust, instead of the authorities of the system. "
            + $"Environment variable: {AuthoritiesVariable}.",
        HelpName = "file",
    };

    private readonly Option<string> _certificate = new("--cert")
    {
        Description = $"PEM file of the client certificate, followed by its intermediate certificates. Environment variable: {CertificateVariable}.",
        HelpName = "file",
    };

    private readonly Option<string> _key = new("--key")
    {
        Description = $"PEM file of the private key of --cert. Default: the file of --cert. Environment variable: {KeyVariable}.",
        HelpName = "file",
    };

    public void AddTo(Command command)
    {
        command.Add(_authorities);
        command.Add(_certificate);
        command.Add(_key);
    }

    /// <summary>The TLS settings for connections to the gateway. Variables and contexts have no effect on http:// addresses.</summary>
    public SslClientAuthenticationOptions Read(ParseResult parsed, Uri gateway, Context? context)
    {
        if (gateway.Scheme != Uri.UriSchemeHttps)
        {
            return (parsed.GetValue(_authorities) ?? parsed.GetValue(_certificate) ?? parsed.GetValue(_key)) is null
                ? new()
                : throw new FailureException(
                    ExitCode.Usage,
                    $"--cacert, --cert and --key need TLS, but {gateway.GetLeftPart(UriPartial.Authority)} has no TLS.",
                    "Give an address that begins with https://, or omit these options.");
        }

        var authorities = parsed.GetValue(_authorities) ?? Variables.Get(AuthoritiesVariable) ?? context?.Authorities;

        // The certificate and its key come from the same place.
        var (certificate, key) = (parsed.GetValue(_certificate), parsed.GetValue(_key));
        if ((certificate ?? key) is null)
        {
            (certificate, key) = (Variables.Get(CertificateVariable), Variables.Get(KeyVariable));
        }

        if ((certificate ?? key) is null)
        {
            (certificate, key) = (context?.Certificate, context?.Key);
        }

        if (key is not null && certificate is null)
        {
            throw new FailureException(ExitCode.Usage, "--key needs --cert.", "Give the certificate of the key with --cert.");
        }

        return new()
        {
            ClientCertificateContext = certificate is null ? null : ReadCertificate(certificate, key ?? certificate),
            CertificateChainPolicy = authorities is null ? null : ReadAuthorities(authorities),
        };
    }

    private static X509ChainPolicy ReadAuthorities(string path)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(ReadPem(path));
        return policy;
    }

    private static SslStreamCertificateContext ReadCertificate(string path, string keyPath)
    {
        var chain = ReadPem(path);
        try
        {
            var own = X509Certificate2.CreateFromPem(ReadText(path), ReadText(keyPath));
            return SslStreamCertificateContext.Create(own, chain, offline: true);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new FailureException(
                ExitCode.Invalid,
                $"'{keyPath}' is not the private key of the certificate in '{path}'.",
                "Give the private key of this certificate, in PEM and without a password.");
        }
    }

    private static X509Certificate2Collection ReadPem(string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(ReadText(path));
        }
        catch (CryptographicException)
        {
            certificates.Clear();
        }

        return certificates.Count > 0
            ? certificates
            : throw new FailureException(
                ExitCode.Invalid,
                $"There is no certificate in '{path}'.",
                "Give a PEM file. It has a line -----BEGIN CERTIFICATE-----.");
    }

    private static string ReadText(string path) =>
        Encoding.ASCII.GetString(InputFile.Read(path, MaxLength));
}
