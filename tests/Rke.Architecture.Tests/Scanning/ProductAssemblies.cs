using System.Reflection;
using NetArchTest.Rules;

namespace Rke.Architecture.Tests.Scanning;

/// <summary>The compiled product projects, in the output folder of the tests.</summary>
internal static class ProductAssemblies
{
    public static IReadOnlyDictionary<string, Assembly> ByProject { get; } = Repository.Projects()
        .Where(project => !project.IsTest)
        .ToDictionary(project => project.Name, project => Assembly.Load(project.AssemblyName), StringComparer.Ordinal);

    public static Types Gateway => Types.InAssembly(ByProject["Rke.Gateway"]);
}
