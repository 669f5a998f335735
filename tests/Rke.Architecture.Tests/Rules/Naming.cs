using System.Text.RegularExpressions;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests.Rules;

/// <summary>A name says what the thing is: no Helpers, Manager, Impl, Utils, neither as file nor as type.</summary>
internal static partial class Naming
{
    public static IEnumerable<string> Violations(string path, string source)
    {
        if (SaysNothing().IsMatch(Path.GetFileNameWithoutExtension(path)))
        {
            yield return $"{path}: the name says nothing";
        }

        foreach (var line in CSharpText.Lines(source, Declares()))
        {
            yield return $"{path}:{line}: the type's name says nothing";
        }
    }

    [GeneratedRegex(@"(Helper|Manager|Impl|Util|Utilit(y|ie))s?$", RegexOptions.ExplicitCapture)]
    private static partial Regex SaysNothing();

    [GeneratedRegex(
        @"\b(class|struct|record|interface|enum)\s+\w*(Helper|Manager|Impl|Util|Utilit(y|ie))s?\b",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Declares();
}
