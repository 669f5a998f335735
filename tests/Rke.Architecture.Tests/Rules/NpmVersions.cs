using System.Text.Json;
using System.Text.RegularExpressions;

namespace Rke.Architecture.Tests.Rules;

/// <summary>npm versions must be exact, and a lock file must not contain the address of a package.</summary>
internal static partial class NpmVersions
{
    public static IEnumerable<string> Violations(string path, string json)
    {
        using var document = JsonDocument.Parse(json);
        foreach (var section in document.RootElement.EnumerateObject())
        {
            if (!section.Name.EndsWith("ependencies", StringComparison.Ordinal))
            {
                continue;
            }

            foreach (var dependency in section.Value.EnumerateObject())
            {
                if (!Exact().IsMatch(dependency.Value.GetString() ?? ""))
                {
                    yield return $"{path}: {dependency.Name} '{dependency.Value}' is not an exact version";
                }
            }
        }
    }

    public static IEnumerable<string> LockViolations(string path, string json)
    {
        using var document = JsonDocument.Parse(json);
        foreach (var package in document.RootElement.GetProperty("packages").EnumerateObject())
        {
            if (package.Value.TryGetProperty("resolved", out _))
            {
                yield return $"{path}: {package.Name} has a 'resolved' address; "
                             + "add omit-lockfile-registry-resolved=true to .npmrc and create the lock file again";
            }
        }
    }

    [GeneratedRegex(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Exact();
}
