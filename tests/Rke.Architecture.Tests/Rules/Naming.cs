using System.Text.RegularExpressions;
using NetArchTest.Rules;

namespace Rke.Architecture.Tests.Rules;

/// <summary>Type and file names must be specific. They must not end with Helpers, Manager, Impl or Utils.</summary>
internal static partial class Naming
{
    private const string Unspecific = "(Helper|Manager|Impl|Util|Utilit(y|ie))s?(`[0-9]+)?$";

    public static IEnumerable<string> Violations(Types types) =>
        types.ShouldNot().HaveNameMatching(Unspecific)
            .Names().Where(name => name.StartsWith("Rke.", StringComparison.Ordinal)); // Source generators add other types.

    public static IEnumerable<string> Violations(IEnumerable<string> paths) =>
        paths.Where(path => FileName().IsMatch(Path.GetFileNameWithoutExtension(path)));

    [GeneratedRegex(Unspecific, RegexOptions.ExplicitCapture)]
    private static partial Regex FileName();
}
