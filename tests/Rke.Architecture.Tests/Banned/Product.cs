// Uses every symbol of BannedSymbols.txt once. BannedSymbolsTests compiles it and counts the errors.
using System.Diagnostics;
using Microsoft.Extensions.Logging;

internal static class Product
{
    public static async Task AsyncMethod(CancellationToken token)
    {
        await Task.Delay(1);
        await Task.Delay(1, token);
        await Task.Delay(TimeSpan.Zero);
        await Task.Delay(TimeSpan.Zero, token);
        _ = DateTime.UtcNow;
        _ = TimeProvider.System.GetUtcNow();
    }

    public static Func<object> Lambda() => () => DateTimeOffset.UtcNow;

    public static IEnumerable<object> Iterator()
    {
        yield return DateTime.Now;
        yield return DateTime.Today;
        yield return DateTimeOffset.Now;
        yield return Environment.TickCount;
        yield return Environment.TickCount64;
    }

    public static void Method(ILogger logger)
    {
        _ = Stopwatch.GetTimestamp();
        _ = new CancellationTokenSource(1);
        _ = new CancellationTokenSource(TimeSpan.Zero);
        _ = new PeriodicTimer(TimeSpan.MaxValue);
        Thread.Sleep(1);
        Thread.Sleep(TimeSpan.Zero);
        _ = new Timer(_ => { });
        logger.LogInformation("text");
    }
}
