using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class DocumentPathsTests
{
    private static readonly string[] Files = ["gateway/Calls/PostKeyCall.cs", "tests/run", ".ci/checks.yaml", "README.md"];

    [Fact]
    public void Each_path_in_the_documents_exists() =>
        Assert.Empty(Repository.Files
            .Where(path => path.EndsWith("README.md", StringComparison.Ordinal)
                || (path.StartsWith("docs/", StringComparison.Ordinal) && path.EndsWith(".md", StringComparison.Ordinal)))
            .SelectMany(path => DocumentPaths.Violations(path, Repository.Read(path), Repository.Files)));

    [Theory]
    [InlineData("`gateway/Calls/PostKeyCall.cs`, `gateway/Calls`, `gateway/Calls/` and `gateway/*/Post*.cs`", 0)]
    [InlineData("`tests/run` and `.ci/checks.yaml`", 0)]
    [InlineData("`rke.v1.RkeService/PostKey`, `other/Folder`, `Calls/` and gateway/Missing without backticks", 0)]
    [InlineData("`gateway/State/RedisCircuit.cs`", 1)]
    [InlineData("`gateway/Call`, `gateway/Calls/*.lua` and `.ci/missing`", 3)]
    public void A_missing_path_is_found(string text, int violations) =>
        Assert.Equal(violations, DocumentPaths.Violations("some.md", text, Files).Count());
}
