using System.Text;

namespace Rke.Cli;

/// <summary>Standard input, output and error.</summary>
internal sealed record Terminal(Stream In, TextOutput Out, TextOutput Error)
{
    /// <summary>Those of the process, in UTF-8 without a byte order mark.</summary>
    public static Terminal Standard() => new(
        Console.OpenStandardInput(),
        Output(Console.OpenStandardOutput(), Console.IsOutputRedirected),
        Output(Console.OpenStandardError(), Console.IsErrorRedirected));

    private static TextOutput Output(Stream stream, bool isRedirected) => new(
        new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true },
        isTerminal: !isRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"));
}
