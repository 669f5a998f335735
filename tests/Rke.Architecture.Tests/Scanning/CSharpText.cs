using System.Text.RegularExpressions;

namespace Rke.Architecture.Tests.Scanning;

/// <summary>C# source reduced to what the compiler acts on.</summary>
internal static partial class CSharpText
{
    /// <summary>
    /// Takes out comments and the contents of string and character literals; lines stay where they were.
    /// An interpolated string goes with its holes.
    /// </summary>
    public static string CodeOnly(string source) =>
        NotCode().Replace(source, match => new string('\n', match.Value.Count(character => character == '\n')));

    /// <summary>The lines, counted from 1, on which the code (not a comment, not a string) matches.</summary>
    public static IEnumerable<int> Lines(string source, Regex pattern)
    {
        var code = CodeOnly(source);
        return pattern.Matches(code).Select(match => 1 + code.AsSpan(0, match.Index).Count('\n')).Distinct();
    }

    // In this order: line comment, block comment, raw string, verbatim string, string, character.
    [GeneratedRegex(
        """
        //[^\n]*
        | /\*[\s\S]*?\*/
        | \$*(?<quotes>"{3,})(?!")[\s\S]*?(?<!")\k<quotes>(?!")
        | (?:\$@|@\$|@)"(?:[^"]|"")*"
        | \$?"(?:[^"\\\n]|\\.)*"
        | '(?:[^'\\\n]|\\[^\n])[^'\n]{0,8}'
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex NotCode();
}
