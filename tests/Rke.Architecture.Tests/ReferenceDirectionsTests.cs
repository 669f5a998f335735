using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class ReferenceDirectionsTests
{
    [Fact]
    public void References_run_one_way() =>
        Assert.Empty(Repository.Projects().SelectMany(ReferenceDirections.Violations));

    [Fact]
    public void The_solution_holds_every_project()
    {
        var solution = Repository.Read("Rke.Gateway.sln").Replace('\\', '/');

        Assert.All(
            Repository.Projects(),
            project => Assert.Contains($"\"{project.Path}\"", solution, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("udp-bridge/Rke.Wire/Rke.Wire.csproj", "../Rke.UdpBridge/Rke.UdpBridge.csproj")]
    [InlineData("udp-bridge/Rke.UdpBridge/Rke.UdpBridge.csproj", @"..\..\gateway\Rke.Gateway.csproj")]
    [InlineData("gateway/Rke.Gateway.csproj", "../tests/Rke.Wire.Tests/Rke.Wire.Tests.csproj")]
    [InlineData("new/Rke.New.csproj", "../udp-bridge/Rke.Wire/Rke.Wire.csproj")]
    public void A_reference_the_other_way_is_found(string project, string reference)
    {
        var parsed = ProjectFile.Parse(
            project, $"""<Project><ItemGroup><ProjectReference Include="{reference}" /></ItemGroup></Project>""");

        Assert.Single(ReferenceDirections.Violations(parsed));
    }
}
