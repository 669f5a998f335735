using Spectre.Console;

namespace Rke.Cli;

/// <summary>The colours and fonts on a terminal. Output to files and pipes has none.</summary>
internal static class Styles
{
    public static Style Name { get; } = new(Color.Grey);

    public static Style Heading { get; } = new(decoration: Decoration.Bold);

    public static Style Good { get; } = new(Color.Green);

    public static Style Warning { get; } = new(Color.Yellow);

    public static Style Error { get; } = new(Color.Red);

    public static Style Advice { get; } = new(Color.Blue);
}

/// <summary>Adds columns and headings to tables without border lines.</summary>
internal static class Columns
{
    private const int Gap = 2;

    /// <param name="grid">The table that gets the column.</param>
    /// <param name="gap">The number of spaces after the column.</param>
    public static Grid Add(this Grid grid, int gap = Gap, Justify alignment = Justify.Left, bool wraps = false) => grid.AddColumn(
        new GridColumn { NoWrap = !wraps, Alignment = alignment, Padding = new Padding(0, 0, gap, 0) });

    public static Grid AddHeading(this Grid grid, params IEnumerable<string> names) =>
        grid.AddRow([.. names.Select(name => new Text(name, Styles.Heading))]);
}
