namespace Rke.Cli;

/// <summary>Standard input, output and error.</summary>
internal sealed record Terminal(Stream In, TextWriter Out, TextWriter Error)
{
    // Of a screen that does not know its size.
    private const int UsualColumns = 80;

    /// <summary>The columns of a screen on which lines can be written again; null where output is none.</summary>
    public int? Columns { get; init; }

    /// <summary>Those of the process, in UTF-8 without a byte order mark.</summary>
    public static Terminal Standard() => new(
        Console.OpenStandardInput(),
        new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true },
        new StreamWriter(Console.OpenStandardError()) { AutoFlush = true })
    {
        Columns = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb"
            ? null
            : Console.WindowWidth is > 0 and var columns ? columns : UsualColumns,
    };
}
