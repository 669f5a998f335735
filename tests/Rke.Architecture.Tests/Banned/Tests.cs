// Uses every symbol of tests/BannedSymbols.txt once. BannedSymbolsTests compiles it and counts the errors.
using static System.Threading.Tasks.Task;
using Sleeper = System.Threading.Thread;

internal static class Tests
{
    public static async Task AsyncMethod(TimeProvider time, CancellationToken token)
    {
        await Task.Delay(1);
        await Task.Delay(Timeout.Infinite, token);
        await Task
            .Delay(TimeSpan.Zero);
        await Delay(TimeSpan.Zero, token);
        await Task.Delay(TimeSpan.Zero, time);
        await Task.Delay(TimeSpan.Zero, time, token);
    }

    public static Action Lambda() => () => Sleeper.Sleep(1);

    public static Action<TimeSpan> MethodGroup() => Thread.Sleep;
}
