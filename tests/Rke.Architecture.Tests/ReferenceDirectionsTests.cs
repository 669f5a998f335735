using NetArchTest.Rules;
using Rke.Architecture.Tests.Rules;
using Rke.Architecture.Tests.Samples;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests;

public sealed class ReferenceDirectionsTests
{
    [Fact]
    public void References_run_one_way() =>
        Assert.Empty(ProductAssemblies.ByProject.SelectMany(pair => ReferenceDirections.Violations(pair.Key, pair.Value)));

    [Fact]
    public void The_solution_has_every_project()
    {
        var solution = Repository.Read("Rke.Gateway.sln").Replace('\\', '/');

        Assert.All(
            Repository.Projects(),
            project => Assert.Contains($"\"{project.Path}\"", solution, StringComparison.Ordinal));
    }

    // The samples use Rke.Wire, so they violate the rules of a project that must not use it.
    [Theory]
    [InlineData("Rke.Protos")]
    [InlineData("Rke.Examples.FirstCall")]
    public void A_reference_the_other_way_is_found(string project)
    {
        var violations = ReferenceDirections.Violations(project, Types.InNamespace(typeof(WireInField).Namespace)).ToArray();

        Assert.Contains(violations, violation => violation.Contains(nameof(WireInAsyncMethod), StringComparison.Ordinal));
        Assert.DoesNotContain(violations, violation => violation.Contains(nameof(ClientInLambda), StringComparison.Ordinal));
    }

    [Fact]
    public void A_project_without_an_entry_is_found() =>
        Assert.Single(ReferenceDirections.Violations("Rke.New", Types.InNamespace(typeof(WireInField).Namespace)));
}
