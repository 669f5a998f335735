using Rke.Raida.Command;
using Rke.Raida.Impairments;

namespace Rke.Raida.Tests.Command;

public class ArgumentTests
{
    [Theory]
    [InlineData("14", "14"), InlineData("0-3", "0,1,2,3"), InlineData("3,3", "3")]
    [InlineData("24, 0,3,5-7", "0,3,5,6,7,24")]
    public void Numbers_are_read(string text, string expected)
    {
        Assert.True(NumberRange.TryParse(text, out var numbers));
        Assert.Equal(expected, string.Join(',', numbers));
    }

    [Theory]
    [InlineData(""), InlineData("25"), InlineData("-1"), InlineData("3-1")]
    [InlineData("a"), InlineData("1,"), InlineData("1-2-3")]
    public void Wrong_numbers_are_refused(string text) => Assert.False(NumberRange.TryParse(text, out _));

    [Fact]
    public void Impairments_are_read_and_printed_alike()
    {
        Assert.True(ImpairmentText.TryParse("drop=0.3, delay=20ms,jitter=5.5ms", out var read));
        var expected = new Impairment
        {
            Drop = 0.3,
            Delay = TimeSpan.FromMilliseconds(20),
            Jitter = TimeSpan.FromMilliseconds(5.5),
        };
        Assert.Equal(expected, read);
        Assert.True(ImpairmentText.TryParse(expected.ToString(), out read));
        Assert.Equal(expected, read);
        Assert.True(ImpairmentText.TryParse(ImpairmentText.Form, out read));
        Assert.Equal(0.1, read.Reorder);
        Assert.Equal("none", Impairment.None.ToString());
    }

    [Theory]
    [InlineData("drop"), InlineData("drop=2"), InlineData("drop=-1")]
    [InlineData("delay=20"), InlineData("drop=20ms"), InlineData("loss=0.1")]
    public void Wrong_impairments_are_refused(string text) => Assert.False(ImpairmentText.TryParse(text, out _));

    [Theory]
    [InlineData("--raida 25", "0 to 24"), InlineData("--listen nowhere", "127.0.0.1:50000")]
    [InlineData("--requests x", "drop=0.3")]
    [InlineData("--profile other", "other"), InlineData("--unknown", "--unknown")]
    public void A_wrong_argument_is_named_with_what_would_be_right(string arguments, string expected)
    {
        var parsed = ServeCommand.Create().Parse(arguments.Split(' '));
        Assert.Contains(expected, Assert.Single(parsed.Errors).Message);
    }
}
