using System.Reflection;
using System.Security;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// Rke.Wire is a function of bytes. The assemblies that it may refer to hold no sockets, console, HTTP or logging;
/// what they hold of clock, randomness, threads and files stands in its BannedSymbols.txt.
/// </summary>
internal static class WirePurity
{
    private static readonly string[] Allowed =
    [
        "System.Collections",
        "System.Collections.Immutable",
        "System.IO.Hashing",
        "System.Linq",
        "System.Memory",
        "System.Net.Primitives",
        "System.Runtime",
        "System.Security.Cryptography",
        "System.Threading",
    ];

    public static IEnumerable<string> Violations(Assembly assembly)
    {
        foreach (var reference in assembly.GetReferencedAssemblies().Select(name => name.Name!).Except(Allowed))
        {
            yield return $"refers to {reference}";
        }

        if (assembly.ManifestModule.IsDefined(typeof(UnverifiableCodeAttribute), inherit: false))
        {
            yield return "is compiled with unsafe code";
        }
    }
}
