namespace Rke.Cli;

/// <summary>Lines on a screen that are written again, in their place, when they change.</summary>
internal sealed class LiveTable(TextWriter writer, int columns)
{
    private const string EraseLine = "\e[2K";

    private int _height;

    /// <param name="lines">Never fewer than the last time.</param>
    public void Draw(IReadOnlyList<string> lines)
    {
        var up = _height > 0 ? $"\e[{_height}A" : "";

        // A line that wraps would take two rows, and the next drawing begin too low.
        writer.Write(up + string.Concat(lines.Select(line => $"{EraseLine}{Fit(PlainText.Of(line))}\n")));
        _height = lines.Count;
    }

    private string Fit(string line) => line.Length < columns ? line : string.Concat(line.AsSpan(0, columns - 2), "…");
}
