using System.Text.RegularExpressions;

namespace Rke.Architecture.Tests.Rules;

/// <summary>Committed text must not name a package registry or a folder of a machine.</summary>
internal static partial class CommittedText
{
    // The strings are split, so that this file does not contain the names.
    private static readonly string[] Registries =
    [
        "registry." + "npmjs", "npmjs." + "org", "api.nuget" + ".org", "nuget" + ".org/v3", "deb.debian" + ".org",
        "security.debian" + ".org", "registry." + "yarnpkg", "pypi" + ".org", "proxy.golang" + ".org",
    ];

    public static IEnumerable<string> Violations(string path, string text)
    {
        foreach (var registry in Registries)
        {
            if (text.Contains(registry, StringComparison.OrdinalIgnoreCase))
            {
                yield return $"{path}: names the registry {registry}";
            }
        }

        foreach (Match match in MachinePath().Matches(text))
        {
            var line = 1 + text.AsSpan(0, match.Index).Count('\n');
            yield return $"{path}:{line}: names a folder of a machine, {match.Value}";
        }
    }

    [GeneratedRegex(
        @"(?<![\w.$}~*-])/(work|root|tmp|home/\w+|Users/\w+)/|\b[A-Z]:\\Users\\|\bshared/(spec|design|vectors|k8s)\b",
        RegexOptions.ExplicitCapture)]
    private static partial Regex MachinePath();
}
