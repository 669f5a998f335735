using Rke.Grpc.Framing;

namespace Rke.Grpc.Tests.Framing;

public sealed class GrpcTimeoutTests
{
    [Theory]
    [InlineData(0L, "100n")]
    [InlineData(-5L, "100n")]
    [InlineData(1L, "100n")]
    [InlineData(10L, "1000n")]
    [InlineData(999_999L, "99999900n")]
    [InlineData(1_000_000L, "100000u")]
    [InlineData(1_000_001L, "100001u")]
    [InlineData(TimeSpan.TicksPerSecond, "1000000u")]
    [InlineData(TimeSpan.TicksPerMinute * 5, "300000m")]
    [InlineData(TimeSpan.TicksPerDay * 2, "172800S")]
    [InlineData(TimeSpan.TicksPerDay * 2000, "2880000M")]
    [InlineData(TimeSpan.TicksPerDay * 3_000_000, "72000000H")]
    public void Is_written_in_the_finest_unit_that_fits(long ticks, string expected)
    {
        var text = GrpcTimeout.Format(TimeSpan.FromTicks(ticks));

        Assert.True(text.Length <= 9, text);
        Assert.True(GrpcTimeout.TryParse(text, out var parsed));
        Assert.Equal(expected, text);
        Assert.True(parsed.Ticks >= ticks);
    }

    [Fact]
    public void Beyond_what_eight_digits_say_is_the_longest_there_is() =>
        Assert.Equal("99999999H", GrpcTimeout.Format(TimeSpan.MaxValue));
}
