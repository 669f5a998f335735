using System.Text.RegularExpressions;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// The service code is the same with this project's gRPC and with the packages (GrpcPackages=true):
/// no conditional compilation, neither in sources nor by another project's switch.
/// </summary>
internal static partial class OneSource
{
    public static IEnumerable<string> Violations(string path, string source) =>
        CSharpText.Lines(source, Conditional()).Select(line => $"{path}:{line}: conditional compilation");

    [GeneratedRegex(@"^[ \t]*#\s*(if|elif|define)\b", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Conditional();
}
