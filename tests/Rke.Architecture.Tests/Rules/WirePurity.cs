using System.Text.RegularExpressions;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests.Rules;

/// <summary>Rke.Wire is bytes: no sockets, clock, randomness, logging, threads, files; nothing unsafe.</summary>
internal static partial class WirePurity
{
    private static readonly string[] ForbiddenTypes =
    [
        "Microsoft.",
        "System.Console",
        "System.Diagnostics.Activity",
        "System.Diagnostics.Metrics.",
        "System.Diagnostics.Stopwatch",
        "System.Diagnostics.Trace",
        "System.Diagnostics.Tracing.",
        "System.IO.",
        "System.Net.Http.",
        "System.Net.Dns",
        "System.Net.Sockets.",
        "System.Random",
        "System.Security.Cryptography.RandomNumberGenerator",
        "System.Threading.",
        "System.TimeProvider",
    ];

    private static readonly string[] AllowedTypes =
    [
        // What an IPAddress says of itself.
        "System.Net.Sockets.AddressFamily",

        // Memory shared between threads: nothing is waited for that comes from outside.
        "System.Threading.Interlocked",
        "System.Threading.Lock",
        "System.Threading.Lock+Scope",
        "System.Threading.Volatile",
    ];

    private static readonly string[] ForbiddenMembers =
    [
        "System.DateTime::get_Now",
        "System.DateTime::get_Today",
        "System.DateTime::get_UtcNow",
        "System.DateTimeOffset::get_Now",
        "System.DateTimeOffset::get_UtcNow",
        "System.Environment::get_TickCount",
        "System.Environment::get_TickCount64",
        "System.Guid::CreateVersion7",
        "System.Guid::NewGuid",
    ];

    public static IEnumerable<string> Violations(ProjectFile project)
    {
        foreach (var package in project.PackageReferences)
        {
            yield return $"{project.Path}: refers to package {package}";
        }

        foreach (var element in project.Xml.Descendants("FrameworkReference").Concat(project.Xml.Descendants("Reference")))
        {
            yield return $"{project.Path}: refers to {(string?)element.Attribute("Include")}";
        }
    }

    public static IEnumerable<string> Violations(AssemblyFacts assembly)
    {
        foreach (var reference in assembly.ReferencedAssemblies)
        {
            if (!reference.StartsWith("System.", StringComparison.Ordinal))
            {
                yield return $"refers to assembly {reference}";
            }
        }

        foreach (var type in assembly.ReferencedTypes)
        {
            if (Array.Exists(ForbiddenTypes, prefix => type.StartsWith(prefix, StringComparison.Ordinal))
                && !AllowedTypes.Contains(type))
            {
                yield return $"uses {type}";
            }
        }

        foreach (var member in assembly.ReferencedMembers.Intersect(ForbiddenMembers))
        {
            yield return $"uses {member}";
        }

        if (assembly.IsUnsafe)
        {
            yield return "is compiled with unsafe code";
        }
    }

    public static IEnumerable<string> Violations(string path, string source) =>
        CSharpText.Lines(source, UnsafeCode()).Select(line => $"{path}:{line}: unsafe code");

    [GeneratedRegex(@"\bunsafe\b|\bfixed\s*\(|\bUnsafe\s*\.")]
    private static partial Regex UnsafeCode();
}
