using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rke.Cli;

/// <summary>Standard input, output and error.</summary>
internal sealed record Terminal(Stream In, TextOutput Out, TextOutput Error)
{
    /// <summary>The streams of the process, in UTF-8 without a byte order mark.</summary>
    public static Terminal Standard() => new(
        Console.OpenStandardInput(),
        Output(Console.OpenStandardOutput(), Console.IsOutputRedirected),
        Output(Console.OpenStandardError(), Console.IsErrorRedirected));

    private static TextOutput Output(Stream stream, bool isRedirected) => new(
        new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true },
        isTerminal: !isRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"));
}

/// <summary>Standard output or standard error. A terminal gets colours; a file or pipe gets plain text.</summary>
internal sealed class TextOutput
{
    // Lines in a file or pipe do not wrap, so that scripts can read them.
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

            // By default, Spectre.Console changes its settings when it detects a build service.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        if (!isTerminal)
        {
            _console.Profile.Width = PlainWidth;
        }
    }

    public TextWriter Writer { get; }

    /// <summary>Whether the output can show colours and redraw a table.</summary>
    public bool IsTerminal { get; }

    /// <summary>The number of lines of the terminal.</summary>
    public int Height => _console.Profile.Height;

    public void WriteLine(string line) => Writer.WriteLine(line);

    /// <summary>Writes text or a table, and a line end.</summary>
    public void Write(IRenderable renderable)
    {
        if (IsTerminal)
        {
            _console.Write(new Rows(renderable));
            return;
        }

        foreach (var line in Segment.SplitLines(renderable.GetSegments(_console)))
        {
            // Spectre.Console pads the last column of a table with spaces.
            Writer.WriteLine(string.Concat(line.Select(segment => segment.Text)).TrimEnd());
        }
    }

    /// <summary>Shows what <paramref name="run"/> draws. Each drawing replaces the one before.</summary>
    public Task<T> DrawAsync<T>(IRenderable first, Func<Action<IRenderable>, Task<T>> run) =>
        _console.Live(first).StartAsync(context =>
        {
            context.Refresh();
            return run(context.UpdateTarget);
        });
}
