namespace Rke.Gateway.Lookup;

/// <summary>The coin by which a domain is known in a network: <c>dn</c> and <c>id</c> of its section.</summary>
internal sealed record MembershipCoin(sbyte Denomination, uint SerialNumber);
