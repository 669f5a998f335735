using System.Text.Json;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

/// <summary>
/// -p:GrpcPackages=true builds the same service sources against Grpc.AspNetCore and Grpc.Net.Client. Their
/// packages cannot be restored everywhere, so what is held here is the switch: with it, Rke.Grpc has
/// no source of its own and hands the packages on.
/// </summary>
public sealed class GrpcPackagesTests
{
    private static readonly string[] Packages = ["Grpc.AspNetCore.Server", "Grpc.Net.Client"];

    [Fact]
    public void With_the_switch_the_runtime_is_the_packages_alone()
    {
        using var project = Evaluate("true");

        Assert.Empty(Items(project, "Compile"));
        Assert.Subset(Items(project, "PackageReference"), Packages.ToHashSet());
    }

    [Fact]
    public void Without_it_the_runtime_is_ours_alone()
    {
        using var project = Evaluate("false");

        Assert.NotEmpty(Items(project, "Compile"));
        Assert.Empty(Items(project, "PackageReference").Intersect(Packages));
    }

    [Fact]
    public void Only_the_runtime_knows_the_switch() =>
        Assert.Equal(
            ["grpc/Rke.Grpc/Rke.Grpc.csproj"],
            Repository.Projects().Where(project => !project.IsTest)
                .Where(project => project.Xml.ToString().Contains("$(GrpcPackages)", StringComparison.Ordinal))
                .Select(project => project.Path));

    private static JsonDocument Evaluate(string grpcPackages) =>
        JsonDocument.Parse(Repository.Run(
            "dotnet",
            "msbuild",
            "-nologo",
            $"-p:GrpcPackages={grpcPackages}",
            "-getItem:Compile,PackageReference",
            "grpc/Rke.Grpc/Rke.Grpc.csproj"));

    private static HashSet<string> Items(JsonDocument project, string item) =>
        project.RootElement.GetProperty("Items").GetProperty(item).EnumerateArray()
            .Select(element => element.GetProperty("Identity").GetString() ?? "")
            .ToHashSet();
}
