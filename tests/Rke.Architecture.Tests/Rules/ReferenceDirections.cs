using System.Reflection;
using NetArchTest.Rules;

namespace Rke.Architecture.Tests.Rules;

/// <summary>References run one way: gateway, raida, cli → Rke.UdpBridge → Rke.Wire → the base library.</summary>
internal static class ReferenceDirections
{
    /// <summary>
    /// The namespaces that each namespace can use. A namespace has the name of its project, except that Rke.Protos
    /// generates Rke.V1. Add an entry for each new project.
    /// </summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Rke.Wire"] = [],
        ["Rke.UdpBridge"] = ["Rke.Wire"],
        ["Rke.Raida"] = ["Rke.UdpBridge", "Rke.Wire"],
        ["Rke.Dns"] = [],
        ["Rke.Lookup"] = ["Rke.Dns", "Rke.UdpBridge", "Rke.Wire"],
        ["Rke.V1"] = [],
        ["Rke.Gateway"] = ["Rke.UdpBridge", "Rke.Wire", "Rke.Dns", "Rke.Lookup", "Rke.Raida", "Rke.V1"],
        ["Rke.Examples.FirstCall"] = ["Rke.V1"],
        ["Rke.Examples.Session"] = ["Rke.V1"],
        ["Rke.Cli"] = ["Rke.UdpBridge", "Rke.Wire", "Rke.Dns", "Rke.Lookup", "Rke.V1"],
    };

    public static IEnumerable<string> Violations(string project, Assembly assembly) =>
        Violations(project, Types.InAssembly(assembly));

    public static IEnumerable<string> Violations(string project, Types types)
    {
        var space = project == "Rke.Protos" ? "Rke.V1" : project;
        if (!Allowed.TryGetValue(space, out var allowed))
        {
            return [$"{project}: {nameof(ReferenceDirections)} has no entry for this project; add one"];
        }

        var forbidden = Allowed.Keys.Except(allowed).Where(name => name != space).ToArray();
        return types.ShouldNot().HaveDependencyOnAny(forbidden)
            .Names().Select(type => $"{project}: {type} uses one of {string.Join(", ", forbidden)}");
    }
}
