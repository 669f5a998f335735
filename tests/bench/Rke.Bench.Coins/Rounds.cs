using System.Diagnostics;

namespace Rke.Bench.Coins;

/// <summary>Interleaved rounds of the same operation with different numbers of coins.</summary>
internal static class Rounds
{
    private const int Number = 5;
    private const int MaxCalls = 2000;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(2);

    public static async Task MeasureAsync(string name, TakenCoins[] coins, RedisProcess? redis)
    {
        foreach (var some in coins)
        {
            await some.FillAsync();
            await some.RefuseAsync();
        }

        await MeasureAsync($"{name}: all coins are taken", coins, some => some.RefuseAsync(), redis);
        await MeasureAsync($"{name}: one coin is released and reserved", coins, some => some.ReleaseAndReserveAsync(), redis);
    }

    private static async Task MeasureAsync(string name, TakenCoins[] coins, Func<TakenCoins, Task> work, RedisProcess? redis)
    {
        var times = coins.Select(_ => new List<(double Time, double Processor)>()).ToArray();
        for (var round = 0; round <= Number; round++)
        {
            for (var index = 0; index < coins.Length; index++)
            {
                var cost = await CostAsync(() => work(coins[index]), redis);
                if (round > 0)
                {
                    times[index].Add(cost);
                }
            }
        }

        Console.WriteLine(name);
        var first = Median(times[0].Select(cost => cost.Time));
        for (var index = 0; index < coins.Length; index++)
        {
            var time = Median(times[index].Select(cost => cost.Time));
            var processor = redis is null ? "" : $", {Median(times[index].Select(cost => cost.Processor)):F1} us of processor of Redis";
            Console.WriteLine($"  {coins[index].Count,7} coins: {time:F1} us each{processor}, ratio {time / first:F2}");
        }
    }

    private static async Task<(double Time, double Processor)> CostAsync(Func<Task> work, RedisProcess? redis)
    {
        var processor = redis?.ProcessorTime ?? 0;
        var (watch, calls) = (Stopwatch.StartNew(), 0);
        for (; calls < MaxCalls && watch.Elapsed < MaxTime; calls++)
        {
            await work();
        }

        var time = watch.Elapsed.TotalMicroseconds / calls;
        return (time, ((redis?.ProcessorTime ?? 0) - processor) / calls);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Number / 2);
}
