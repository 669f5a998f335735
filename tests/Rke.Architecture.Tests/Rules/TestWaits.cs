using System.Text.RegularExpressions;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests.Rules;

/// <summary>No test sleeps: time is stepped, or a test waits for what happens.</summary>
internal static partial class TestWaits
{
    public static IEnumerable<string> Violations(string path, string source) =>
        CSharpText.Lines(source, Sleeps()).Select(line => $"{path}:{line}: sleeps");

    // Also by way of 'using static' (a bare call) and of an alias (any name before .Sleep).
    [GeneratedRegex(
        @"\bTask\s*\.\s*Delay\b|\.\s*Sleep\s*\(|(?<![\w.])(Sleep|Delay)\s*\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Sleeps();
}
