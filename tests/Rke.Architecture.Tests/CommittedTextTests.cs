using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class CommittedTextTests
{
    [Fact]
    public void Committed_text_names_no_registry_and_no_folder_of_a_machine() =>
        Assert.Empty(Repository.Files.SelectMany(path => CommittedText.Violations(path, Repository.Read(path))));

    // The strings are split, because the first test also checks this file.
    [Theory]
    [InlineData("https://registry." + "npmjs.com/some", 1)]
    [InlineData("<add value=\"https://api.nuget" + ".org/index.json\" />", 1)]
    [InlineData("deb https://deb.debian" + ".org/debian stable main", 1)]
    [InlineData("cd /wo" + "rk/main", 1)]
    [InlineData("at '/ro" + "ot/.cache'", 1)]
    [InlineData("see shared/sp" + "ec/some.md", 1)]
    [InlineData("frame/work/flow and https://example.com/work/ of ~/tmp/", 0)]
    [InlineData("the framework, its root/folder and /usr/bin/python3", 0)]
    public void A_registry_or_a_folder_is_found(string text, int violations) =>
        Assert.Equal(violations, CommittedText.Violations("some.txt", text).Count());
}
