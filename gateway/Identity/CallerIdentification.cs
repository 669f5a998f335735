using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Rke.Gateway.Errors;

namespace Rke.Gateway.Identity;

/// <summary>
/// Identifies the caller from a bearer token, a header of a trusted proxy, or the client certificate of the connection.
/// A call with invalid credentials fails. It does not become anonymous.
/// </summary>
internal sealed class CallerIdentification(IOptions<IdentityOptions> options, TokenValidation? tokens = null)
{
    private const string Scheme = "Bearer ";

    private readonly bool _isLinkerd = options.Value.ForwardedBy == ForwardingMesh.Linkerd;

    private readonly bool _hasProxies = options.Value.ForwardedFrom.Count > 0;
    private readonly ConditionalWeakTable<X509Certificate2, CallerIdentity> _ofCertificates = [];

    private string Header => _isLinkerd ? LinkerdClientId.Header : ForwardedCertificate.Header;

    public ValueTask<CallerIdentity> FindAsync(HttpContext context) =>
        tokens is not null && context.Request.Headers.Authorization is [{ Length: > 0 } authorization]
            ? FindHolderAsync(tokens, authorization)
            : new(FindByConnection(context));

    private static async ValueTask<CallerIdentity> FindHolderAsync(TokenValidation tokens, string authorization) =>
        authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && await tokens.FindAsync(authorization[Scheme.Length..].Trim()) is { } holder
            ? holder
            : throw Unauthenticated("The bearer token is invalid.").ToException();

    private CallerIdentity FindByConnection(HttpContext context)
    {
        if (_hasProxies && IsTrustedProxy(context.Connection.RemoteIpAddress)
            && context.Request.Headers[Header] is { Count: > 0 } forwarded)
        {
            return TryRead(forwarded.ToString(), out var identity)
                ? identity ?? CallerIdentity.Anonymous
                : throw Unauthenticated($"The header {Header} is invalid.").ToException();
        }

        // All calls of a connection have the same certificate object.
        return context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is { } certificate
            ? _ofCertificates.GetValue(certificate, static key => CertificateIdentity.Of(key) ?? CallerIdentity.Anonymous)
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
        foreach (var range in options.Value.ForwardedFrom)
        {
            if (range.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }

    private static CallFailure Unauthenticated(string message) => new(StatusCode.Unauthenticated, Reason.Unauthenticated, message);
}
