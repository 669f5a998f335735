using System.Xml.Linq;
using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class PackageVersionsTests
{
    private const string Central = "Directory.Packages.props";

    private static XElement CentralXml => XElement.Parse(Repository.Read(Central));

    [Fact]
    public void Central_versions_are_exact() => Assert.Empty(PackageVersions.Violations(CentralXml));

    [Fact]
    public void No_project_has_a_version_of_its_own()
    {
        var names = PackageVersions.Names(CentralXml);

        Assert.Empty(Users().SelectMany(user => PackageVersions.Violations(user.Path, user.Xml, names)));
    }

    [Fact]
    public void Every_central_version_is_used() =>
        Assert.Empty(PackageVersions.Unused(PackageVersions.Names(CentralXml), Users().Select(user => user.Xml)));

    [Fact]
    public void Npm_versions_are_exact() =>
        Assert.Empty(Named("package.json").SelectMany(path => NpmVersions.Violations(path, Repository.Read(path))));

    [Fact]
    public void Npm_lock_files_name_no_address() =>
        Assert.Empty(Named("package-lock.json")
            .SelectMany(path => NpmVersions.LockViolations(path, Repository.Read(path))));

    [Theory]
    [InlineData("[1.2.3]", 0)]
    [InlineData("[1.2.3-preview.1]", 0)]
    [InlineData("$(Pinned)", 0)]
    [InlineData("1.2.3", 1)]
    [InlineData("[1.2.3,)", 1)]
    [InlineData("1.*", 1)]
    [InlineData("$(Unknown)", 1)]
    public void An_inexact_version_is_found(string version, int violations)
    {
        var central = XElement.Parse(
            $"""
             <Project>
               <PropertyGroup>
                 <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>
                 <Pinned>[1.2.3]</Pinned>
               </PropertyGroup>
               <ItemGroup><PackageVersion Include="Some.Package" Version="{version}" /></ItemGroup>
             </Project>
             """);

        Assert.Equal(violations, PackageVersions.Violations(central).Count());
    }

    [Theory]
    [InlineData("""<PackageReference Include="Known" />""", 0)]
    [InlineData("""<PackageReference Include="Unknown" />""", 1)]
    [InlineData("""<PackageReference Include="Known" Version="1.0.0" />""", 1)]
    [InlineData("""<PackageReference Include="Known" VersionOverride="1.0.0" />""", 1)]
    [InlineData("""<PackageReference Include="Known"><Version>1.0.0</Version></PackageReference>""", 1)]
    public void A_version_in_a_project_is_found(string reference, int violations)
    {
        var project = XElement.Parse($"<Project><ItemGroup>{reference}</ItemGroup></Project>");

        Assert.Equal(
            violations, PackageVersions.Violations("a.csproj", project, new HashSet<string> { "Known" }).Count());
    }

    [Fact]
    public void An_unused_version_is_found() =>
        Assert.Single(PackageVersions.Unused(["Known"], [XElement.Parse("<Project />")]));

    [Theory]
    [InlineData("1.2.3", 0)]
    [InlineData("^1.2.3", 1)]
    [InlineData("latest", 1)]
    public void An_inexact_npm_version_is_found(string version, int violations) =>
        Assert.Equal(
            violations,
            NpmVersions.Violations("package.json", $$"""{"devDependencies": {"some": "{{version}}"} }""").Count());

    [Fact]
    public void A_resolved_npm_address_is_found() =>
        Assert.Single(NpmVersions.LockViolations(
            "package-lock.json", """{"packages":{"":{},"node_modules/some":{"resolved":"somewhere"}}}"""));

    private static IEnumerable<(string Path, XElement Xml)> Users() =>
        Repository.Files
            .Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)
                           || (path.EndsWith(".props", StringComparison.Ordinal) && path != Central)
                           || path.EndsWith(".targets", StringComparison.Ordinal))
            .Select(path => (path, XElement.Parse(Repository.Read(path))));

    private static IEnumerable<string> Named(string name) =>
        Repository.Files.Where(path => Path.GetFileName(path) == name);
}
