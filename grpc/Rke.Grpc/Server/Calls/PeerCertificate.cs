using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;

namespace Rke.Grpc.Server;

/// <summary>What a client certificate says about its owner, under the names that gRPC gives it.</summary>
internal static class PeerCertificate
{
    private const string AlternativeName = "x509_subject_alternative_name";
    private const string CommonName = "x509_common_name";

    private static readonly AuthContext Unauthenticated = new(peerIdentityPropertyName: null, []);

    public static AuthContext ToAuthContext(X509Certificate2? certificate)
    {
        if (certificate is null)
        {
            return Unauthenticated;
        }

        var properties = new Dictionary<string, List<AuthProperty>>(StringComparer.Ordinal);
        string? identity = null;
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames())
            .ToList();
        if (names.Count > 0)
        {
            identity = AlternativeName;
            properties[AlternativeName] = [.. names.Select(name => Property(AlternativeName, name))];
        }

        var commonName = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        if (!string.IsNullOrEmpty(commonName))
        {
            identity ??= CommonName;
            properties[CommonName] = [Property(CommonName, commonName)];
        }

        return new AuthContext(identity, properties);
    }

    private static AuthProperty Property(string name, string value) =>
        AuthProperty.Create(name, Encoding.UTF8.GetBytes(value));
}
