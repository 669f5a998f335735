using System.Net;
using Grpc.Core;
using Rke.Gateway.Configuration;
using Rke.Gateway.Errors;

namespace Rke.Gateway.Identity;

/// <summary>
/// Finds out who calls: by a bearer token, by what a trusted proxy forwards, or by the certificate of the connection.
/// Whoever shows something that is not believed is refused and not taken for nobody.
/// </summary>
internal sealed class CallerIdentification(IdentitySettings settings, TokenValidation? tokens = null)
{
    private const string Scheme = "Bearer ";

    private readonly bool _isLinkerd = settings.ForwardedBy == ForwardingMesh.Linkerd;

    private string Header => _isLinkerd ? LinkerdClientId.Header : ForwardedCertificate.Header;

    public async ValueTask<CallerIdentity> FindAsync(HttpContext context)
    {
        if (tokens is not null && context.Request.Headers.Authorization is [{ Length: > 0 } authorization])
        {
            return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
                && await tokens.FindAsync(authorization[Scheme.Length..].Trim()) is { } holder
                ? holder
                : throw NotBelieved("The bearer token is not valid here.").ToException();
        }

        if (IsTrustedProxy(context.Connection.RemoteIpAddress)
            && context.Request.Headers[Header] is { Count: > 0 } forwarded)
        {
            return TryRead(forwarded.ToString(), out var identity)
                ? identity ?? CallerIdentity.Anonymous
                : throw NotBelieved($"The header {Header} cannot be read.").ToException();
        }

        return context.Connection.ClientCertificate is { } certificate
            ? CertificateIdentity.Of(certificate) ?? CallerIdentity.Anonymous
            : CallerIdentity.Anonymous;
    }

    private bool TryRead(string text, out CallerIdentity? identity) => _isLinkerd
        ? LinkerdClientId.TryRead(text, out identity)
        : ForwardedCertificate.TryRead(text, out identity);

    private bool IsTrustedProxy(IPAddress? address)
    {
        if (address is null)
        {
            return false;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var range in settings.ForwardedFrom)
        {
            if (range.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }

    private static CallFailure NotBelieved(string message) => new(StatusCode.Unauthenticated, Reason.Unauthenticated, message);
}
