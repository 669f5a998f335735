using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class SourceRulesTests
{
    [Fact]
    public void Names_say_something() => Assert.Empty(InSources("", Naming.Violations));

    [Fact]
    public void No_test_sleeps() => Assert.Empty(InSources("tests/", TestWaits.Violations));

    [Theory]
    [InlineData("gateway/StringHelpers.cs", "", 1)]
    [InlineData("gateway/CoinManager.cs", "class CoinManager;", 2)]
    [InlineData("gateway/Coins.cs", "sealed record ByteUtil(int Count);", 1)]
    [InlineData("gateway/Coins.cs", "class BridgeImpl<T> { }", 1)]
    [InlineData("gateway/Implicit.cs", "class Implicit; // no Manager", 0)]
    public void A_name_that_says_nothing_is_found(string path, string source, int violations) =>
        Assert.Equal(violations, Naming.Violations(path, source).Count());

    [Theory]
    [InlineData("Thread.Sleep(100);", 1)]
    [InlineData("await Task.Delay(100);", 1)]
    [InlineData("await Task\n    .Delay(100);", 1)]
    [InlineData("using static System.Threading.Tasks.Task;\nawait Delay(5);", 1)]
    [InlineData("var wait = Task.Delay;", 1)]
    [InlineData("await Task.Delay(Timeout.Infinite, token);", 0)]
    [InlineData("await Task.Delay(Timeout.InfiniteTimeSpan, token);", 0)]
    [InlineData("// Task.Delay would be wrong", 0)]
    [InlineData("var text = \"Thread.Sleep(1)\";", 0)]
    [InlineData("options.Delay = 5; server.ResponseDelay(5);", 0)]
    public void A_sleep_is_found(string source, int violations) =>
        Assert.Equal(violations, TestWaits.Violations("tests/Some.cs", source).Count());

    private static IEnumerable<string> InSources(string folder, Func<string, string, IEnumerable<string>> rule) =>
        Repository.Sources(folder).SelectMany(path => rule(path, Repository.Read(path)));
}
