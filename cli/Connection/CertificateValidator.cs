using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Rke.Cli;

/// <summary>
/// Validates a server's certificate by the rules of .NET, and keeps the reason why it is not trusted.
/// </summary>
internal sealed class CertificateValidator
{
    /// <summary>Null if the certificate is trusted.</summary>
    public string? Problem { get; private set; }

    public bool Check(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Problem = errors == SslPolicyErrors.None ? null : string.Join(
            "; ", Reasons(((SslStream)sender).TargetHostName, certificate as X509Certificate2, chain, errors).Distinct());
        return Problem is null;
    }

    private static IEnumerable<string> Reasons(
        string host, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            yield return "the server did not send a certificate";
            yield break;
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            var names = string.Join(", ", Names(certificate));
            yield return $"it is not for '{host}' but for {(names.Length > 0 ? names : certificate.Subject)}";
        }

        foreach (var status in errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) ? chain?.ChainStatus ?? [] : [])
        {
            yield return status.Status switch
            {
                X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain =>
                    $"its issuer '{certificate.Issuer}' is not a trusted authority",
                X509ChainStatusFlags.NotTimeValid =>
                    $"it or the certificate of its authority is not valid now; it is valid from "
                    + FormattableString.Invariant($"{certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}"),
                _ => status.StatusInformation.TrimEnd('.'),
            };
        }
    }

    private static IEnumerable<string> Names(X509Certificate2 certificate) => certificate.Extensions
        .OfType<X509SubjectAlternativeNameExtension>()
        .SelectMany(extension => extension.EnumerateDnsNames()
            .Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())));
}
