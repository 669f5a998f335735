using Rke.Raida.CommandLine;
using Rke.Raida.Impairments;

namespace Rke.Raida.Tests.CommandLine;

public class ArgumentTests
{
    [Theory]
    [InlineData("14", "14"), InlineData("0-3", "0,1,2,3"), InlineData("3,3", "3")]
    [InlineData("24, 0,3,5-7", "0,3,5,6,7,24")]
    public void RAIDA_ids_are_parsed(string text, string expected)
    {
        Assert.True(RaidaIdList.TryParse(text, out var raidaIds));
        Assert.Equal(expected, string.Join(',', raidaIds));
    }

    [Theory]
    [InlineData(""), InlineData("25"), InlineData("-1"), InlineData("3-1")]
    [InlineData("a"), InlineData("1,"), InlineData("1-2-3")]
    public void Invalid_RAIDA_ids_are_rejected(string text) => Assert.False(RaidaIdList.TryParse(text, out _));

    [Fact]
    public void Impairments_are_parsed_and_formatted_in_the_same_form()
    {
        Assert.True(Impairment.TryParse("drop=0.3, delay=20ms,jitter=5.5ms", out var read));
        var expected = new Impairment
        {
            Drop = 0.3,
            Delay = TimeSpan.FromMilliseconds(20),
            Jitter = TimeSpan.FromMilliseconds(5.5),
        };
        Assert.Equal(expected, read);
        Assert.True(Impairment.TryParse(expected.ToString(), out read));
        Assert.Equal(expected, read);
        Assert.True(Impairment.TryParse(Impairment.Example, out read));
        Assert.Equal(0.1, read.Reorder);
        Assert.Equal("none", Impairment.None.ToString());
    }

    [Theory]
    [InlineData("drop"), InlineData("drop=2"), InlineData("drop=-1")]
    [InlineData("delay=20"), InlineData("drop=20ms"), InlineData("loss=0.1")]
    public void Invalid_impairments_are_rejected(string text) => Assert.False(Impairment.TryParse(text, out _));

    [Theory]
    [InlineData("--raida 25", "0 to 24"), InlineData("--listen nowhere", "127.0.0.1:50000")]
    [InlineData("--requests x", "drop=0.3")]
    [InlineData("--profile other", "other"), InlineData("--unknown", "--unknown")]
    public void The_error_of_an_invalid_argument_shows_a_valid_one(string arguments, string expected)
    {
        var parsed = ServeCommand.Create().Parse(arguments.Split(' '));
        Assert.Contains(expected, Assert.Single(parsed.Errors).Message);
    }
}
