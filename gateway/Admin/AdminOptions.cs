namespace Rke.Gateway.Admin;

/// <summary>Section <c>Rke:Admin</c>: what operators can read from the gateway.</summary>
internal sealed record AdminOptions
{
    /// <summary>
    /// Serves <c>rke.v1.RkeAdminService</c> without a policy, to every caller of the gRPC port. With <c>Rke:Policy:Path</c> or with the
    /// embedded key servers, the gateway always serves it.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>
    /// Serves the status page <c>/ui</c> on the HTTP port. With <c>Rke:Policy:Path</c>, a reader needs an identity that may call
    /// <c>GetStatus</c> and <c>ListServers</c>, such as a bearer token. Without it, everyone who can reach the HTTP port can read the page.
    /// </summary>
    public bool Page { get; set; }
}
