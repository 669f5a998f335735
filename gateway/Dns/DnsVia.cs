namespace Rke.Gateway.Dns;

/// <summary>The values of <c>Rke:Dns:Via</c>.</summary>
internal static class DnsVia
{
    /// <summary>Over DNS, in the clear.</summary>
    public const string Dns = "dns";

    /// <summary>By the RAIDA servers' name lookup alone.</summary>
    public const string Raida = "raida";

    /// <summary>Of both, and compared.</summary>
    public const string Both = "both";

    public static IReadOnlyList<string> All { get; } = [Dns, Raida, Both];
}
