using System.Net;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Identity</c>: what is believed of who calls, besides the certificate of the connection.</summary>
/// <param name="ForwardedFrom">The proxies that are believed when they tell who calls; none = nobody.</param>
/// <param name="ForwardedBy">What they are, and so which header counts.</param>
/// <param name="Tokens">Bearer tokens; null = they are not looked at.</param>
internal sealed record IdentitySettings(
    IReadOnlyList<IPNetwork> ForwardedFrom, ForwardingMesh ForwardedBy, TokenSettings? Tokens)
{
    public static IdentitySettings Read(SettingsReader reader)
    {
        var ranges = new List<IPNetwork>();
        foreach (var (key, text) in reader.List("ForwardedFrom"))
        {
            if (IPNetwork.TryParse(text, out var range))
            {
                ranges.Add(range);
            }
            else if (IPAddress.TryParse(text, out var address))
            {
                ranges.Add(new(address, address.GetAddressBytes().Length * 8));
            }
            else
            {
                reader.Reject(key, $"'{text}' cannot be used", "write a proxy's address or range, such as 127.0.0.1 or 10.1.0.0/16");
            }
        }

        return new(
            ranges,
            reader.Choice<ForwardingMesh>("ForwardedBy") ?? ForwardingMesh.Envoy,
            TokenSettings.Read(reader.Section("Jwt")));
    }
}
