using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests.Rules;

/// <summary>References run one way: gateway, raida, cli → Rke.UdpBridge → Rke.Wire → the base library.</summary>
internal static class ReferenceDirections
{
    /// <summary>What each project may refer to. Whoever adds a project decides here where it stands.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Rke.Wire"] = [],
        ["Rke.UdpBridge"] = ["Rke.Wire"],
        ["Rke.Raida"] = ["Rke.UdpBridge"],
        ["Rke.Grpc"] = [],
        ["Rke.Grpc.Services"] = ["Rke.Grpc"],
        ["Rke.Protos"] = ["Rke.Grpc"],
        ["Rke.Gateway"] = ["Rke.UdpBridge", "Rke.Raida", "Rke.Grpc", "Rke.Grpc.Services", "Rke.Protos"],
        ["Rke.Examples.FirstCall"] = ["Rke.Grpc", "Rke.Protos"],
        ["Rke.Cli"] = ["Rke.UdpBridge", "Rke.Grpc", "Rke.Protos"],
    };

    public static IEnumerable<string> Violations(ProjectFile project)
    {
        if (project.IsTest)
        {
            yield break;
        }

        if (!Allowed.TryGetValue(project.Name, out var allowed))
        {
            yield return $"{project.Path}: say in {nameof(ReferenceDirections)} what {project.Name} may refer to";
            yield break;
        }

        foreach (var reference in project.ProjectReferences.Except(allowed))
        {
            yield return $"{project.Path}: must not refer to {reference}";
        }
    }
}
