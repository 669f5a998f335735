using System.Text.RegularExpressions;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// No test sleeps: time is stepped, or a test waits for what happens. Where nothing tells it (a foreign
/// process opens its port), it looks on the ticks of a PeriodicTimer, with a limit. Task.Delay for ever is no
/// sleep: it ends by its token.
/// </summary>
internal static partial class TestWaits
{
    public static IEnumerable<string> Violations(string path, string source) =>
        CSharpText.Lines(source, Sleeps()).Select(line => $"{path}:{line}: sleeps");

    // Also by way of 'using static' (a bare call) and of an alias (any name before .Sleep).
    [GeneratedRegex(
        @"\bTask\s*\.\s*Delay\b(?!\s*\(\s*Timeout\s*\.\s*Infinite)|\.\s*Sleep\s*\(|(?<![\w.])(Sleep|Delay)\s*\(",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Sleeps();
}
