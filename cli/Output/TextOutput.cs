using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rke.Cli;

/// <summary>Standard output or standard error: a terminal, or a file or pipe that gets plain text.</summary>
internal sealed class TextOutput
{
    // Lines of a file or pipe never wrap, so that scripts can read them.
    private const int PlainWidth = 1 << 20;

    private readonly IAnsiConsole _console;

    public TextOutput(TextWriter writer, bool isTerminal)
    {
        Writer = writer;
        IsTerminal = isTerminal;
        var hasColour = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = hasColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,

            // Build services are no terminals, even where they can show colours.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        if (!isTerminal)
        {
            _console.Profile.Width = PlainWidth;
        }
    }

    public TextWriter Writer { get; }

    /// <summary>Whether it can show colours and draw again what is drawn.</summary>
    public bool IsTerminal { get; }

    /// <summary>The number of lines that a terminal shows.</summary>
    public int Height => _console.Profile.Height;

    public void WriteLine(string line) => Writer.WriteLine(line);

    /// <summary>Writes text or a table, and ends the line.</summary>
    public void Write(IRenderable renderable)
    {
        if (IsTerminal)
        {
            _console.Write(new Rows(renderable));
            return;
        }

        foreach (var line in Segment.SplitLines(renderable.GetSegments(_console)))
        {
            // A table fills its last column with spaces.
            Writer.WriteLine(string.Concat(line.Select(segment => segment.Text)).TrimEnd());
        }
    }

    /// <summary>Shows what <paramref name="run"/> draws, each time in the place of the last.</summary>
    public Task<T> DrawAsync<T>(IRenderable first, Func<Action<IRenderable>, Task<T>> run) =>
        _console.Live(first).StartAsync(context =>
        {
            context.Refresh();
            return run(context.UpdateTarget);
        });
}
