using NetArchTest.Rules;
using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Samples.Folders.Upper;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class GatewayFoldersTests
{
    private const string Samples = "Rke.Architecture.Tests.Samples.Folders";

    [Fact]
    public void The_table_lists_each_folder_below_the_folders_that_it_may_use()
    {
        var folders = Repository.Files
            .Where(path => path.StartsWith("gateway/", StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal))
            .Select(path => path.Split('/'))
            .Where(parts => parts.Length > 2)
            .Select(parts => parts[1])
            .ToHashSet(StringComparer.Ordinal);

        Assert.Empty(GatewayFolders.TableViolations(GatewayFolders.Read(Repository.Read("gateway/README.md")), folders));
    }

    [Fact]
    public void Each_folder_uses_only_the_folders_of_its_row() =>
        Assert.Empty(GatewayFolders.UseViolations(
            ProductAssemblies.Gateway, "Rke.Gateway", GatewayFolders.Read(Repository.Read("gateway/README.md"))));

    [Theory]
    [InlineData("| `Lower/` | purpose | |\n| `Upper/` | purpose | Lower |", 0)]
    [InlineData("| `Upper/` | purpose | Lower |\n| `Lower/` | purpose | |", 1)]
    [InlineData("| `Lower/` | purpose | |", 1)]
    [InlineData("| `Lower/` | purpose | |\n| `Upper/` | | Lower |", 1)]
    [InlineData("| `Lower/` | purpose | |\n| `Upper/` | purpose | Lower |\n| `Upper/` | purpose | |", 1)]
    [InlineData("| `Lower/` | purpose | |\n| `Upper/` | purpose | Lower |\n| `Other/` | purpose | |", 1)]
    public void A_missing_or_wrong_row_is_found(string rows, int violations) =>
        Assert.Equal(
            violations,
            GatewayFolders.TableViolations(
                GatewayFolders.Read($"# Title\n\n{rows}\n"), new HashSet<string> { "Lower", "Upper" }).Count());

    [Fact]
    public void A_use_that_the_row_does_not_list_is_found() =>
        Assert.StartsWith(
            typeof(UsesLower).FullName,
            Assert.Single(GatewayFolders.UseViolations(
                Types.InNamespace(Samples), Samples, [("Lower", []), ("Upper", [])])));

    [Fact]
    public void A_use_that_the_row_lists_passes() =>
        Assert.Empty(GatewayFolders.UseViolations(
            Types.InNamespace(Samples), Samples, [("Lower", []), ("Upper", ["Lower"])]));
}
