using System.Text.RegularExpressions;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// Each path of the repository that a document names in backticks exists. A path starts with a folder of the root, such as
/// <c>gateway/Calls/PostKeyCall.cs</c>. It can end with <c>/</c>, and it can contain <c>*</c>.
/// </summary>
internal static partial class DocumentPaths
{
    public static IEnumerable<string> Violations(string document, string text, IReadOnlyCollection<string> files)
    {
        var folders = files.Where(path => path.Contains('/')).Select(path => path[..path.IndexOf('/')]).ToHashSet(StringComparer.Ordinal);
        foreach (Match code in Code().Matches(text))
        {
            var path = code.Groups["path"].Value.TrimEnd('/');
            if (folders.Contains(path[..path.IndexOf('/')]) && !Exists(path, files))
            {
                yield return $"{document} names {path}, which does not exist";
            }
        }
    }

    private static bool Exists(string path, IReadOnlyCollection<string> files)
    {
        var pattern = $"^{Regex.Escape(path).Replace(@"\*", "[^/]*", StringComparison.Ordinal)}(/|$)";
        return files.Any(file => Regex.IsMatch(file, pattern, RegexOptions.ExplicitCapture));
    }

    [GeneratedRegex(@"`(?<path>\.?[\w-]+/[\w.*/-]+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Code();
}
