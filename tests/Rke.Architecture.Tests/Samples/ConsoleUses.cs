namespace Rke.Architecture.Tests.Samples;

internal sealed class ConsoleInAsyncMethod
{
    public static async Task RunAsync(Task<string> source) => await Console.Out.WriteLineAsync(await source);
}

internal static class GatewayProgram
{
    public static void Run() => Console.WriteLine();
}
