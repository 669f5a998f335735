namespace Rke.Cli;

/// <summary>Finds the word that a misspelt word stands for.</summary>
internal static class Suggestion
{
    /// <summary>The word with the fewest differences. Null if all have too many.</summary>
    public static string? For(string word, IEnumerable<string> words) => words
        .Select(candidate => (Word: candidate, Distance: Distance(word.ToLowerInvariant(), candidate)))
        .Where(candidate => candidate.Distance <= Math.Max(1, candidate.Word.TrimStart('-').Length / 3))
        .OrderBy(candidate => candidate.Distance)
        .ThenBy(candidate => candidate.Word, StringComparer.Ordinal)
        .Select(candidate => candidate.Word)
        .FirstOrDefault();

    // The number of letters to insert, delete, replace, or swap with their neighbour.
    private static int Distance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var row = 0; row <= left.Length; row++)
        {
            for (var column = 0; column <= right.Length; column++)
            {
                if (row == 0 || column == 0)
                {
                    rows[row, column] = row + column;
                    continue;
                }

                var cost = left[row - 1] == right[column - 1] ? 0 : 1;
                rows[row, column] = Math.Min(
                    Math.Min(rows[row - 1, column], rows[row, column - 1]) + 1, rows[row - 1, column - 1] + cost);
                if (row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1])
                {
                    rows[row, column] = Math.Min(rows[row, column], rows[row - 2, column - 2] + 1);
                }
            }
        }

        return rows[left.Length, right.Length];
    }
}
