using Spectre.Console;

namespace Rke.Cli;

/// <summary>The colours of a terminal. Output elsewhere has none.</summary>
internal static class Styles
{
    public static Style Name { get; } = new(Color.Grey);

    public static Style Heading { get; } = new(decoration: Decoration.Bold);

    public static Style Good { get; } = new(Color.Green);

    public static Style Warning { get; } = new(Color.Yellow);

    public static Style Error { get; } = new(Color.Red);

    public static Style Advice { get; } = new(Color.Blue);
}
