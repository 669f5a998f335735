using FsCheck;
using FsCheck.Fluent;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Initiating;

namespace Rke.Gateway.Tests.Sessions;

public sealed class KeyCutTests
{
    [Theory]
    [InlineData(16, new[] { 4, 4, 4, 4 })]
    [InlineData(20, new[] { 4, 4, 4, 8 })]
    [InlineData(32, new[] { 8, 8, 8, 8 })]
    [InlineData(64, new[] { 16, 16, 16, 16 })]
    [InlineData(160, new[] { 40, 40, 40, 40 })]
    [InlineData(156, new[] { 4, 32, 40, 40, 40 })]
    public void The_default_split_is_even(int length, int[] cut) => Assert.Equal(cut, KeySplitter.SplitByDefault(length));

    [Fact]
    public void Each_split_has_allowed_parts_that_add_up_to_the_key() => Prop.ForAll(
        Gen.Choose(1, 160).Two().ToArbitrary(),
        pair =>
        {
            var (length, count) = (pair.Item1 * 4, 1 + (pair.Item2 % 16));
            var cut = KeySplitter.SplitEvenly(length, count);
            return cut is null
                ? !Reaches(length, count)
                : cut.Sum() == length && cut.Count == count && cut.All(SessionKey.PartLengths.Contains);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Each_possible_length_has_a_default_split()
    {
        for (var length = SessionKey.MinLength; length <= SessionKey.MaxLength; length += SessionKey.LengthUnit)
        {
            var can = Enumerable.Range(4, 13).Any(count => Reaches(length, count));
            Assert.Equal(can, KeySplitter.SplitByDefault(length) is not null);
        }
    }

    private static bool Reaches(int length, int count)
    {
        HashSet<int> sums = [0];
        for (var parts = 0; parts < count; parts++)
        {
            sums = [.. sums.SelectMany(sum => SessionKey.PartLengths.Select(part => sum + part))];
        }

        return sums.Contains(length);
    }
}
