using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

public class DnsNameTests
{
    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("Example.COM.", "example.com")]
    [InlineData("_rke._udp.a-b.example", "_rke._udp.a-b.example")]
    [InlineData("localhost", "localhost")]
    [InlineData("1.example", "1.example")]
    public void Reads_names(string text, string value)
    {
        Assert.True(DnsName.TryParse(text, out var name, out _));
        Assert.Equal(value, name.Value);
    }

    [Theory]
    [InlineData("", nameof(DnsNameError.Empty))]
    [InlineData(".", nameof(DnsNameError.Empty))]
    [InlineData("a..b", nameof(DnsNameError.EmptyLabel))]
    [InlineData(".a", nameof(DnsNameError.EmptyLabel))]
    [InlineData("a..", nameof(DnsNameError.EmptyLabel))]
    [InlineData("a b", nameof(DnsNameError.Character))]
    [InlineData("a/b", nameof(DnsNameError.Character))]
    [InlineData("*.a", nameof(DnsNameError.Character))]
    [InlineData("a\0", nameof(DnsNameError.Character))]
    [InlineData("b\u00fccher.example", nameof(DnsNameError.NotAscii))]
    public void Rejects_invalid_names(string text, string error)
    {
        Assert.False(DnsName.TryParse(text, out _, out var actual));
        Assert.Equal(error, actual.ToString());
        Assert.Contains("name", actual.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_are_bounded()
    {
        var label = new string('a', 63);
        var longest = $"{label}.{label}.{label}.{label[..61]}";

        Assert.Equal(253, longest.Length);
        Assert.True(DnsName.TryParse(longest + ".", out var name, out _));
        Assert.False(DnsName.TryParse(longest + "a", out _, out var error));
        Assert.Equal(DnsNameError.TooLong, error);
        Assert.False(DnsName.TryParse(label + "a", out _, out error));
        Assert.Equal(DnsNameError.LabelTooLong, error);
        Assert.False(name.TryPrefix("raida", out _, out error));
        Assert.Equal(DnsNameError.TooLong, error);
    }

    [Theory]
    [InlineData("cloudcoin.raida", "raida", true)]
    [InlineData("raida", "raida", true)]
    [InlineData("notraida", "raida", false)]
    [InlineData("raida.example", "raida", false)]
    public void Recognizes_its_parent_domains(string text, string ancestor, bool isUnder)
    {
        Assert.True(DnsName.TryParse(text, out var name, out _));
        Assert.Equal(isUnder, name.IsAtOrUnder(ancestor));
    }
}
