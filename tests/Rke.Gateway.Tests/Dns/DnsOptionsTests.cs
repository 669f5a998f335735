using System.Net;
using Microsoft.Extensions.Configuration;
using Rke.Dns;
using Rke.Gateway.Configuration;
using Rke.Gateway.Hosting;

namespace Rke.Gateway.Tests.Dns;

public class DnsOptionsTests
{
    [Theory]
    [InlineData("127.0.0.1:5353", "127.0.0.1:5353")]
    [InlineData("192.0.2.1", "192.0.2.1:53")]
    [InlineData("[::1]:5353, 2001:db8::1", "[::1]:5353 [2001:db8::1]:53")]
    public void Resolvers_are_read(string text, string expected)
    {
        var options = Bind(("Rke:Dns:Resolver", text));

        Assert.Equal(expected, string.Join(' ', options.FindResolvers(SystemResolvers.Parse([]))));
    }

    [Theory]
    [InlineData("Resolver", "dns.example:53")]
    [InlineData("Resolver", "127.1:53")]
    [InlineData("Resolver", "127.0.0.1:0")]
    [InlineData("Resolver", "127.0.0.1:70000")]
    [InlineData("Resolver", "1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1")]
    [InlineData("Via", "carrier-pigeon")]
    [InlineData("Timeout", "00:00:00")]
    [InlineData("FirstWait", "-00:00:01")]
    [InlineData("Rounds", "0")]
    [InlineData("CacheSize", "0")]
    [InlineData("MaximumLookups", "-1")]
    [InlineData("MinimumTtl", "100.00:00:00")]
    [InlineData("MaximumTtl", "00:00:01")]
    [InlineData("MaximumNegativeTtl", "-00:00:01")]
    [InlineData("FailurePause", "01:00:00")]
    [InlineData("StaleFor", "-1")]
    [InlineData("StaleAfter", "01:00:00")]
    public void A_wrong_value_is_named_with_its_fix(string key, string value)
    {
        var error = Assert.Throws<SettingsException>(() => Bind(("Rke:Dns:" + key, value)));

        Assert.Contains($"Rke:Dns:{key} is '", error.Message, StringComparison.Ordinal);
        Assert.Contains("write ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Timeout", "soon")]
    [InlineData("Resolvr", "127.0.0.1")]
    public void A_value_of_the_wrong_type_is_named(string key, string value)
    {
        var error = Assert.Throws<SettingsException>(() => Bind(("Rke:Dns:" + key, value)));

        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_resolvers_of_the_system_are_read_like_the_c_library()
    {
        string[] lines =
        [
            "# comment", "search example.com", "nameserver 192.0.2.1", "nameserver  fe80::1%1 # why not",
            "nameserver nonsense", "\tnameserver 192.0.2.3", "nameserver 192.0.2.4",
        ];

        Assert.Equal(
            ["192.0.2.1", "fe80::1%1", "192.0.2.3"], SystemResolvers.Parse(lines).Resolvers.Select(one => $"{one.Address}"));
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 53), Assert.Single(SystemResolvers.Parse([]).Resolvers));
        Assert.NotEmpty(Bind().FindResolvers(SystemResolvers.Read()));
    }

    [Theory]
    [InlineData("", "raida", "raida")]
    [InlineData("search a.example b.example", "raida", "raida.a.example raida.b.example raida")]
    [InlineData("search a.example b.example", "raida.x", "raida.x raida.x.a.example raida.x.b.example")]
    [InlineData("search a.example\noptions timeout:1 ndots:5", "s.x.svc", "s.x.svc.a.example s.x.svc")]
    [InlineData("search a.example\noptions ndots:5", "s.x.svc.", "s.x.svc.")]
    [InlineData("search a.example\noptions ndots:0", "raida", "raida raida.a.example")]
    [InlineData("search a.example\noptions ndots:many ndots:-1 ndots", "raida.x", "raida.x raida.x.a.example")]
    [InlineData("search a.example . a..b b.example", "raida", "raida.a.example raida.b.example raida")]
    [InlineData("search a.example\nsearch b.example", "raida", "raida.b.example raida")]
    [InlineData("search a.example\ndomain c.example", "raida", "raida.c.example raida")]
    public void A_name_is_completed_like_in_the_c_library(string configuration, string name, string expected) =>
        Assert.Equal(expected, string.Join(' ', SystemResolvers.Parse(configuration.Split('\n')).Expand(name)));

    private static DnsOptions Bind(params (string Key, string Value)[] values) => ConfigurationSections.Read(
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.ToDictionary(pair => pair.Key, pair => (string?)pair.Value))
            .Build()).Of<DnsOptions>();
}
