using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

internal static class Names
{
    public static DnsName Parse(string text) =>
        DnsName.TryParse(text, out var name, out var error) ? name : throw new ArgumentException(error.Describe());
}
