using System.Formats.Asn1;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;

namespace Rke.Gateway.Limits;

/// <summary>Who calls, for quotas: whoever proved it, then whom a trusted header says, then nobody in particular.</summary>
internal static class CallerIdentity
{
    /// <summary>All callers that are not known share one quota.</summary>
    public const string Anonymous = "anonymous";

    public const string Header = "x-rke-client";

    private const int MostLength = 256;

    public static string Of(ServerCallContext context, bool trustHeader)
    {
        var http = context.GetHttpContext();
        return SpiffeId(http.Connection.ClientCertificate)
            ?? Subject(http.User)
            ?? (trustHeader && http.Request.Headers[Header] is [{ Length: > 0 and <= MostLength } name] ? name : Anonymous);
    }

    // RFC 5280 §4.2.1.6: GeneralName [6] is a URI.
    internal static string? SpiffeId(X509Certificate2? certificate)
    {
        var extension = certificate?.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        if (extension is null)
        {
            return null;
        }

        try
        {
            var uri = new Asn1Tag(TagClass.ContextSpecific, 6);
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(uri))
                {
                    return names.ReadCharacterString(UniversalTagNumber.IA5String, uri);
                }

                names.ReadEncodedValue();
            }
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            // A certificate whose names cannot be read names nobody.
        }

        return null;
    }

    private static string? Subject(ClaimsPrincipal user) => user.Identity is { IsAuthenticated: true }
        ? user.FindFirst("sub")?.Value ?? user.FindFirst(ClaimTypes.NameIdentifier)?.Value ?? user.Identity.Name
        : null;
}
