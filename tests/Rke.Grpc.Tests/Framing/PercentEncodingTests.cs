using Rke.Grpc.Framing;

namespace Rke.Grpc.Tests.Framing;

public sealed class PercentEncodingTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain ~ text!", "plain ~ text!")]
    [InlineData("100%", "100%25")]
    [InlineData("a\r\nb", "a%0D%0Ab")]
    [InlineData("\u263a", "%E2%98%BA")]
    [InlineData("\U0001F608", "%F0%9F%98%88")]
    [InlineData("\u007f", "%7F")]
    public void Goes_there_and_back(string text, string encoded)
    {
        Assert.Equal(encoded, PercentEncoding.Encode(text));
        Assert.Equal(text, PercentEncoding.Decode(encoded));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz", "%zz")]
    [InlineData("a%41b%", "aAb%")]
    [InlineData("%ff", "\ufffd")]
    public void Decodes_what_it_can(string encoded, string text) =>
        Assert.Equal(text, PercentEncoding.Decode(encoded));
}
