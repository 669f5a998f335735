using System.Text.RegularExpressions;
using NetArchTest.Rules;

namespace Rke.Architecture.Tests.Rules;

/// <summary>A name says what the thing is: no Helpers, Manager, Impl, Utils, neither as a type nor as a file.</summary>
internal static partial class Naming
{
    private const string SaysNothing = "(Helper|Manager|Impl|Util|Utilit(y|ie))s?(`[0-9]+)?$";

    public static IEnumerable<string> Violations(Types types) =>
        types.ShouldNot().HaveNameMatching(SaysNothing)
            .Names().Where(name => name.StartsWith("Rke.", StringComparison.Ordinal)); // Generators add types of their own.

    public static IEnumerable<string> Violations(IEnumerable<string> paths) =>
        paths.Where(path => FileName().IsMatch(Path.GetFileNameWithoutExtension(path)));

    [GeneratedRegex(SaysNothing, RegexOptions.ExplicitCapture)]
    private static partial Regex FileName();
}
