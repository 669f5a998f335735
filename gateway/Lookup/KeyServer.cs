namespace Rke.Gateway.Lookup;

/// <summary>One key server of a domain's own choice: <c>r0=host number port</c>.</summary>
internal sealed record KeyServer(byte RaidaId, HostEndpoint Endpoint, ulong KeyNumber)
{
    public const byte MaximumRaidaId = 24;
}
