using Spectre.Console;

namespace Rke.Cli;

/// <summary>The columns of tables without lines.</summary>
internal static class Columns
{
    private const int Gap = 2;

    /// <param name="grid">Gets the column.</param>
    /// <param name="gap">The spaces between it and the next one.</param>
    public static Grid Add(this Grid grid, int gap = Gap, Justify alignment = Justify.Left, bool wraps = false) => grid.AddColumn(
        new GridColumn { NoWrap = !wraps, Alignment = alignment, Padding = new Padding(0, 0, gap, 0) });

    public static Grid AddHeading(this Grid grid, params IEnumerable<string> names) =>
        grid.AddRow([.. names.Select(name => new Text(name, Styles.Heading))]);
}
