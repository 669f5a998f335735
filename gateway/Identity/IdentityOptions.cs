using System.Net;

namespace Rke.Gateway.Identity;

/// <summary>Section <c>Rke:Identity</c>: identities that proxies forward.</summary>
internal sealed record IdentityOptions
{
    /// <summary>
    /// Addresses and ranges of proxies from which the gateway accepts the identity of a caller in a header, such as
    /// <c>127.0.0.1</c> for the sidecar of a mesh. These proxies must remove the header from the requests of their own
    /// clients.
    /// </summary>
    public List<IPNetwork> ForwardedFrom { get; set; } = [];

    /// <summary>
    /// Type of these proxies. <c>envoy</c> (also for Istio) reads the header <c>x-forwarded-client-cert</c>, <c>linkerd</c>
    /// reads <c>l5d-client-id</c>. The gateway ignores the other header.
    /// </summary>
    public ForwardingMesh ForwardedBy { get; set; } = ForwardingMesh.Envoy;
}

/// <summary>The type of the proxies, which decides the header.</summary>
internal enum ForwardingMesh
{
    /// <summary>x-forwarded-client-cert, also for Istio.</summary>
    Envoy,

    /// <summary>l5d-client-id.</summary>
    Linkerd,
}
