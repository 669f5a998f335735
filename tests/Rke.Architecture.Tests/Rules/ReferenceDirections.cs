using System.Reflection;
using NetArchTest.Rules;

namespace Rke.Architecture.Tests.Rules;

/// <summary>References run one way: gateway, raida, cli → Rke.UdpBridge → Rke.Wire → the base library.</summary>
internal static class ReferenceDirections
{
    /// <summary>
    /// What the code of each namespace may use. It is also the project's name, except that Rke.Protos generates Rke.V1.
    /// A new project needs a line here.
    /// </summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Rke.Wire"] = [],
        ["Rke.UdpBridge"] = ["Rke.Wire"],
        ["Rke.Raida"] = ["Rke.UdpBridge", "Rke.Wire"],
        ["Rke.V1"] = [],
        ["Rke.Gateway"] = ["Rke.UdpBridge", "Rke.Wire", "Rke.Raida", "Rke.V1"],
        ["Rke.Examples.FirstCall"] = ["Rke.V1"],
        ["Rke.Cli"] = ["Rke.UdpBridge", "Rke.Wire", "Rke.V1"],
    };

    public static IEnumerable<string> Violations(string project, Assembly assembly) =>
        Violations(project, Types.InAssembly(assembly));

    public static IEnumerable<string> Violations(string project, Types types)
    {
        var space = project == "Rke.Protos" ? "Rke.V1" : project;
        if (!Allowed.TryGetValue(space, out var allowed))
        {
            return [$"{project}: {nameof(ReferenceDirections)} does not say what it may refer to"];
        }

        var forbidden = Allowed.Keys.Except(allowed).Where(name => name != space).ToArray();
        return types.ShouldNot().HaveDependencyOnAny(forbidden)
            .Names().Select(type => $"{project}: {type} uses one of {string.Join(", ", forbidden)}");
    }
}
