using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rke.Gateway.Identity;

/// <summary>Whom a client certificate names. Its signature has been checked by then.</summary>
internal static class CertificateIdentity
{
    // RFC 5280 §4.2.1.6: GeneralName [6] is a URI.
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>Its only URI, which is a SPIFFE ID's place; else its first DNS name, else its common name.</summary>
    public static CallerIdentity? Of(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        try
        {
            var uris = names is null ? [] : UrisOf(names.RawData);
            var name = uris.Count > 0
                ? uris.Count == 1 ? uris[0] : null
                : names?.EnumerateDnsNames().FirstOrDefault() is { } dns ? $"dns:{dns}"
                : certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } common ? $"cn:{common}"
                : null;
            return name is null ? null : new(CallerKind.Certificate, name);
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            // A certificate whose names cannot be read names nobody.
            return null;
        }
    }

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
