using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Rke.Gateway.Dns;
using Rke.Gateway.Lookup;

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

        Assert.Equal(expected, string.Join(' ', options.FindResolvers()));
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
        var error = Assert.Throws<OptionsValidationException>(() => Bind(("Rke:Dns:" + key, value)));

        Assert.Contains($"Rke:Dns:{key} is '", error.Message, StringComparison.Ordinal);
        Assert.Contains("write ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Timeout", "soon")]
    [InlineData("Resolvr", "127.0.0.1")]
    public void What_cannot_be_bound_is_named(string key, string value)
    {
        var error = Assert.Throws<InvalidOperationException>(() => Bind(("Rke:Dns:" + key, value)));

        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_systems_resolvers_are_read_as_the_c_library_does()
    {
        string[] lines =
        [
            "# comment", "search example.com", "nameserver 192.0.2.1", "nameserver  fe80::1%1 # why not",
            "nameserver nonsense", "\tnameserver 192.0.2.3", "nameserver 192.0.2.4",
        ];

        Assert.Equal(
            ["192.0.2.1", "fe80::1%1", "192.0.2.3"], SystemResolvers.Parse(lines).Select(one => $"{one.Address}"));
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 53), Assert.Single(SystemResolvers.Parse([])));
        Assert.NotEmpty(Bind().FindResolvers());
    }

    private static DnsOptions Bind(params (string Key, string Value)[] values)
    {
        using var provider = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder()
                .AddInMemoryCollection(values.ToDictionary(pair => pair.Key, pair => (string?)pair.Value))
                .Build())
            .AddLogging()
            .AddLookup()
            .BuildServiceProvider();
        return provider.GetRequiredService<IOptions<DnsOptions>>().Value;
    }
}
