using System.Text.RegularExpressions;

namespace Rke.Cli.Tests;

/// <summary>
/// Compares the samples of a document with the output of rkectl. Some words differ in each run, such as key ids. They
/// must be of the same kind in the document and in the output. Later commands use the word of this run.
/// </summary>
internal sealed partial class Transcript
{
    private const string Omission = "…";

    private static readonly Regex[] Kinds = [Hex(), Address(), Time(), Decimal(), Coin()];

    private readonly Dictionary<string, string> _words = new(StringComparer.Ordinal);

    /// <summary>The samples of a document: a command line and its output.</summary>
    public static IEnumerable<(string Command, string[] Lines)> Read(string document)
    {
        foreach (Match block in Block().Matches(document))
        {
            foreach (var sample in block.Groups["text"].Value.Split("$ rkectl ")[1..])
            {
                var lines = sample.TrimEnd().Split('\n');
                yield return (lines[0], lines[1..]);
            }
        }
    }

    /// <summary>Sets the word of this run, <paramref name="actual"/>, for a word of the document.</summary>
    public void Add(string word, string actual) => _words[word] = actual;

    /// <summary>Replaces the words of the document with the words of this run.</summary>
    public string Translate(string command) => _words.OrderByDescending(pair => pair.Key.Length)
        .Aggregate(command, (text, pair) => text.Replace(pair.Key, pair.Value, StringComparison.Ordinal));

    public void Check(string command, IReadOnlyList<string> documented, IReadOnlyList<string> printed)
    {
        var at = 0;
        for (var index = 0; index < documented.Count; index++)
        {
            if (documented[index] == Omission)
            {
                if (index + 1 == documented.Count)
                {
                    return;
                }

                while (at < printed.Count && !IsSame(documented[index + 1], printed[at]))
                {
                    at++;
                }

                continue;
            }

            Assert.True(
                at < printed.Count && IsSame(documented[index], printed[at]),
                $"In the sample '{command}', the document has\n{documented[index]}\nbut rkectl prints\n{string.Join('\n', printed)}");
            at++;
        }

        Assert.True(at == printed.Count, $"In the sample '{command}', the document does not have\n{string.Join('\n', printed.Skip(at))}");
    }

    private bool IsSame(string documented, string printed)
    {
        var (left, right) = (Words(documented), Words(printed));
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var index = 0; index < left.Length; index++)
        {
            var isServer = index > 0 && left[index - 1] is "server" or "id" && left[index].All(char.IsAsciiDigit);
            if (left[index] != right[index]
                && !(isServer && right[index].All(char.IsAsciiDigit))
                && !Kinds.Any(kind => kind.IsMatch(left[index]) && kind.IsMatch(right[index])))
            {
                return false;
            }
        }

        foreach (var (word, actual) in left.Zip(right).Where(pair => Kinds[..2].Any(kind => kind.IsMatch(pair.First))))
        {
            _words[word] = actual;
        }

        return true;
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex("^```\n(?<text>\\$ rkectl .*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();

    [GeneratedRegex("^[0-9a-f]{8,}…?$", RegexOptions.None, 1000)]
    private static partial Regex Hex();

    [GeneratedRegex(@"^127\.0\.0\.1:\d+$", RegexOptions.None, 1000)]
    private static partial Regex Address();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT[\d:.]+Z$", RegexOptions.None, 1000)]
    private static partial Regex Time();

    [GeneratedRegex(@"^\d+\.\d+s?$", RegexOptions.None, 1000)]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^-?\d+/\d+$", RegexOptions.None, 1000)]
    private static partial Regex Coin();
}
