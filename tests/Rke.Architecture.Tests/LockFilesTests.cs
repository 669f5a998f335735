using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class LockFilesTests
{
    [Fact]
    public void Every_project_has_a_lock_file() => Assert.Empty(LockFiles.Missing(Repository.Files));

    [Fact]
    public void Lock_files_have_a_hash_for_every_package() =>
        Assert.Empty(Repository.Files.Where(path => Path.GetFileName(path) == LockFiles.Name)
            .SelectMany(path => LockFiles.Violations(path, Repository.Read(path))));

    [Fact]
    public void Setup_restores_in_locked_mode() =>
        Assert.Contains("dotnet restore Rke.Gateway.sln --locked-mode", Repository.Read("tests/setup"), StringComparison.Ordinal);

    [Fact]
    public void A_missing_lock_file_is_found() =>
        Assert.Single(LockFiles.Missing(["cli/Rke.Cli.csproj", "raida/Rke.Raida.csproj", "raida/packages.lock.json"]));

    [Theory]
    [InlineData("""{ "type": "Direct", "resolved": "1.0.0", "contentHash": "AA==" }""", 0)]
    [InlineData("""{ "type": "Transitive", "resolved": "1.0.0" }""", 1)]
    [InlineData("""{ "type": "Project" }""", 0)]
    public void A_missing_hash_is_found(string package, int violations) =>
        Assert.Equal(
            violations,
            LockFiles.Violations("a", $$"""{ "dependencies": { "net10.0": { "Some": {{package}} } } }""").Count());
}
