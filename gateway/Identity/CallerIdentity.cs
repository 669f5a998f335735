using Grpc.Core;

namespace Rke.Gateway.Identity;

/// <summary>The identity of a caller, for the policy, quotas and the audit log. It contains no secret.</summary>
/// <param name="Kind">How the caller authenticated.</param>
/// <param name="Name">
/// <c>spiffe://…</c> or another URI of the certificate; <c>dns:…</c> or <c>cn:…</c> of a certificate without a URI;
/// <c>jwt:issuer#subject</c>; or <c>anonymous</c>.
/// </param>
internal sealed record CallerIdentity(CallerKind Kind, string Name)
{
    public static readonly CallerIdentity Anonymous = new(CallerKind.Anonymous, "anonymous");

    /// <summary>The gateway itself, for work that no caller requested.</summary>
    public static readonly CallerIdentity Gateway = new(CallerKind.Anonymous, "gateway");

    public bool IsKnown => Kind != CallerKind.Anonymous;

    /// <summary>The caller of a gRPC call.</summary>
    public static CallerIdentity Of(ServerCallContext context) => Of(context.GetHttpContext());

    /// <summary>The caller of an HTTP request.</summary>
    public static CallerIdentity Of(HttpContext context) => context.Features.Get<CallerIdentity>() ?? Anonymous;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>How a caller authenticated.</summary>
internal enum CallerKind
{
    /// <summary>Not at all.</summary>
    Anonymous,

    /// <summary>With the client certificate of the connection.</summary>
    Certificate,

    /// <summary>With a client certificate that a trusted proxy checked and forwarded.</summary>
    Forwarded,

    /// <summary>With a bearer token.</summary>
    Token,
}
