namespace Rke.Gateway.Dns;

/// <summary>The values of <c>Rke:Dns:Via</c>.</summary>
internal static class DnsVia
{
    /// <summary>Over DNS, in the clear.</summary>
    public const string Dns = "dns";
}
