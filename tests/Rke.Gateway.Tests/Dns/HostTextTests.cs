using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

public class HostTextTests
{
    [Theory]
    [InlineData("Example.COM.", "example.com")]
    [InlineData("0xg.example", "0xg.example")]
    [InlineData("1.example", "1.example")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("2001:DB8::0", "2001:db8::")]
    public void A_name_or_an_address_is_read(string text, string host)
    {
        Assert.True(HostText.TryParse(text, out var read));
        Assert.Equal(host, read);
        Assert.True(HostText.TryParse(read, out var again));
        Assert.Equal(host, again);
    }

    // Without the dot at the end, many programs accept these texts as addresses.
    [Theory]
    [InlineData("0xf.")]
    [InlineData("0x7f.1.")]
    [InlineData("0x7f000001.")]
    [InlineData("127.0.0.1.")]
    [InlineData("017.")]
    public void A_dot_at_the_end_does_not_make_an_address_a_name(string text)
    {
        Assert.False(HostText.TryParse(text, out _));
        Assert.True(HostText.IsAddressLike(text));
    }
}
