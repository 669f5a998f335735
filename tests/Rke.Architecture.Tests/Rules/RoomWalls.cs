using System.Text.RegularExpressions;
using Rke.Architecture.Tests.Scanning;

namespace Rke.Architecture.Tests.Rules;

/// <summary>
/// Inside the gateway only the translation folder names wire types, and only <c>Redis*.cs</c> names the
/// Redis client. C# cannot name a type of another namespace without naming that namespace, in a using
/// or before the type; values whose type is inferred may pass through everywhere.
/// </summary>
internal sealed partial class RoomWalls(IEnumerable<string> wireTypes)
{
    /// <summary>
    /// What keys and options are made of before there is any frame. These may be named everywhere; frames,
    /// messages, headers, statuses and errors stay in the translation.
    /// </summary>
    private static readonly string[] Vocabulary =
        ["AuthenticityNumber", "CoinCipher", "CoinId", "ResponseIv", "WireProfile"];

    private readonly HashSet<string> _wireTypes =
        wireTypes.Select(type => type.Split('`')[0].Split('.')[^1]).Except(Vocabulary).ToHashSet(StringComparer.Ordinal);

    public IEnumerable<string> Violations(string path, string source)
    {
        if (!path.StartsWith("gateway/", StringComparison.Ordinal))
        {
            yield break;
        }

        var code = CSharpText.CodeOnly(source);
        if (GlobalUsing().IsMatch(code))
        {
            yield return $"{path}: a global using opens its namespace to every file";
        }

        if (!path.StartsWith("gateway/Translation/", StringComparison.Ordinal) && WireNamespace().IsMatch(code))
        {
            foreach (var type in Identifier().Matches(code).Select(match => match.Value).Distinct())
            {
                if (_wireTypes.Contains(type))
                {
                    yield return $"{path}: names {type} of Rke.Wire outside gateway/Translation/";
                }
            }
        }

        if (!Path.GetFileName(path).StartsWith("Redis", StringComparison.Ordinal) && RedisNamespace().IsMatch(code))
        {
            yield return $"{path}: names StackExchange.Redis outside Redis*.cs";
        }
    }

    public static IEnumerable<string> Violations(ProjectFile project) =>
        project.Xml.Descendants("Using")
            .Select(element => (string?)element.Attribute("Include") ?? "")
            .Where(space => space.StartsWith("Rke.Wire", StringComparison.Ordinal)
                            || space.StartsWith("StackExchange", StringComparison.Ordinal))
            .Select(space => $"{project.Path}: a global using of {space} opens it to every file");

    // In a namespace below Rke, 'Wire.X' is enough.
    [GeneratedRegex(@"(?<![\w.])Wire\s*\.|\bRke\s*\.\s*Wire\b")]
    private static partial Regex WireNamespace();

    [GeneratedRegex(@"\bglobal\s+using\b[^;]*\b(Wire|StackExchange)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex GlobalUsing();

    [GeneratedRegex(@"\bStackExchange\s*\.")]
    private static partial Regex RedisNamespace();

    [GeneratedRegex(@"\b[A-Z]\w*")]
    private static partial Regex Identifier();
}
