namespace Rke.Gateway.Configuration;

/// <summary>Whose proxies tell who calls, and so in which header.</summary>
internal enum ForwardingMesh
{
    /// <summary>x-forwarded-client-cert, as of Istio too.</summary>
    Envoy,

    /// <summary>l5d-client-id.</summary>
    Linkerd,
}
