namespace Rke.Gateway.Lookup;

/// <summary>A SRV record's content (RFC 2782). The host is as it came, not checked.</summary>
internal sealed record ServiceTarget(string Host, ushort Port, ushort Priority = 0, ushort Weight = 0)
{
    /// <summary>A target "." says that the service is decidedly not available there.</summary>
    public bool IsRefusal => Host is ".";
}
