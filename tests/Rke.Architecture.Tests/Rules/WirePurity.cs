using System.Reflection;
using System.Security;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// Rke.Wire has no I/O, clock, randomness or threads. The allowed assemblies contain no sockets, console, HTTP or
/// logging. BannedSymbols.txt of Rke.Wire bans the clock, randomness, threads and files in these assemblies.
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
        "System.Runtime.Intrinsics",
        "System.Security.Cryptography",
        "System.Text.Json",
        "System.Threading",
    ];

    public static IEnumerable<string> Violations(Assembly assembly)
    {
        foreach (var reference in assembly.GetReferencedAssemblies().Select(name => name.Name!).Except(Allowed))
        {
            yield return $"references {reference}";
        }

        if (assembly.ManifestModule.IsDefined(typeof(UnverifiableCodeAttribute), inherit: false))
        {
            yield return "is compiled with unsafe code";
        }
    }
}
