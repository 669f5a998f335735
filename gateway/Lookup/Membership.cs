namespace Rke.Gateway.Lookup;

/// <summary>A network that hosts of a domain can read from.</summary>
/// <param name="HostPattern">A host, or <c>*.example.com</c> for any host of that domain.</param>
/// <param name="Network">0-65534; 65534 is a local one.</param>
/// <param name="Split"><c>sp</c>.</param>
/// <param name="Stripe"><c>st</c>.</param>
/// <param name="Coin"><c>dn</c> and <c>id</c>, where one of them is given.</param>
/// <param name="ClientPrivacy"><c>cp</c>.</param>
/// <param name="ServerAuthentication"><c>sa</c>; 0 = none.</param>
/// <param name="Signal">Where to signal these hosts, where the section says so.</param>
internal sealed record Membership(
    string HostPattern,
    ushort Network,
    uint Split = 0,
    uint Stripe = 0,
    MembershipCoin? Coin = null,
    uint ClientPrivacy = 0,
    uint ServerAuthentication = 0,
    HostEndpoint? Signal = null)
{
    /// <summary>CloudCoin, which holds where a record names no other.</summary>
    public const ushort DefaultNetwork = 6;
}
