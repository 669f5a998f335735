using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rke.Gateway.Identity;

/// <summary>The identity in a client certificate. The TLS layer has already verified the certificate.</summary>
internal static class CertificateIdentity
{
    // RFC 5280 §4.2.1.6: GeneralName [6] is a URI.
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    // Names of other kinds begin with these words. A URI must not look like such a name.
    private static readonly string[] ReservedSchemes = ["dns:", "cn:", "jwt:"];

    /// <summary>The identity. Null if the certificate names no caller.</summary>
    public static CallerIdentity? Of(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        try
        {
            var name = NameOf(
                names is null ? [] : UrisOf(names.RawData),
                names?.EnumerateDnsNames().FirstOrDefault(),
                certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
            return name is null ? null : new(CallerKind.Certificate, name);
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            // A certificate with unreadable names has no identity.
            return null;
        }
    }

    /// <summary>
    /// The URI, if there is exactly one (SPIFFE IDs are URIs); without URIs the first DNS name, or else the common name.
    /// Null if there is no name, or if the URI could be the name of another caller.
    /// </summary>
    public static string? NameOf(IReadOnlyList<string> uris, string? dns, string? common) => uris switch
    {
        [var uri] => IsName(uri) ? uri : null,
        [_, ..] => null,
        _ => dns is { Length: > 0 } ? $"dns:{dns}" : common is { Length: > 0 } ? $"cn:{common}" : null,
    };

    // A URI without a scheme could be 'anonymous'. RFC 5280 §4.2.1.6 requires a scheme.
    private static bool IsName(string uri) => uri.IndexOf(':', StringComparison.Ordinal) > 0
        && !Array.Exists(ReservedSchemes, scheme => uri.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    private static List<string> UrisOf(byte[] alternativeNames)
    {
        var uris = new List<string>();
        var names = new AsnReader(alternativeNames, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            if (names.PeekTag().HasSameClassAndValue(Uri))
            {
                uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Uri));
            }
            else
            {
                names.ReadEncodedValue();
            }
        }

        return uris;
    }
}
