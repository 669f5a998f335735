namespace Rke.Cli;

/// <summary>Standard input, output and error.</summary>
internal sealed record Terminal(Stream In, TextWriter Out, TextWriter Error)
{
    /// <summary>Those of the process, in UTF-8 without a byte order mark.</summary>
    public static Terminal Standard() => new(
        Console.OpenStandardInput(),
        new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true },
        new StreamWriter(Console.OpenStandardError()) { AutoFlush = true });
}
