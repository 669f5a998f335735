using Grpc.Core;

namespace Rke.Gateway.Identity;

/// <summary>Who calls: what policies, quotas and the audit log go by. It holds nothing secret.</summary>
/// <param name="Kind">How it was proven.</param>
/// <param name="Name">
/// <c>spiffe://…</c> or another URI of the certificate, <c>dns:…</c> or <c>cn:…</c> of one without, or
/// <c>jwt:issuer#subject</c>; <c>anonymous</c> when nothing was proven.
/// </param>
internal sealed record CallerIdentity(CallerKind Kind, string Name)
{
    public static readonly CallerIdentity Anonymous = new(CallerKind.Anonymous, "anonymous");

    /// <summary>The gateway's own doing, for nobody in particular.</summary>
    public static readonly CallerIdentity Gateway = new(CallerKind.Anonymous, "gateway");

    public bool IsKnown => Kind != CallerKind.Anonymous;

    /// <summary>Who made this call.</summary>
    public static CallerIdentity Of(ServerCallContext context) => Of(context.GetHttpContext());

    /// <summary>Who made this request.</summary>
    public static CallerIdentity Of(HttpContext context) => context.Features.Get<CallerIdentity>() ?? Anonymous;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
