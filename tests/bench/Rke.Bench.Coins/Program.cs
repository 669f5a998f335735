using System.Globalization;
using Rke.Bench.Coins;

// dotnet run -c Release --project tests/bench/Rke.Bench.Coins [-- COINS ...]
// The cost of a reservation while all coins are taken, and after one of them is released, for each number of coins. The rounds are
// interleaved. Compare the ratios, not the absolute numbers.
int[] counts = args.Length > 0
    ? [.. args.Select(count => int.Parse(count, CultureInfo.InvariantCulture))]
    : [100, 10_000, 100_000];
await using var redis = await RedisProcess.StartAsync();
var inProcess = counts.Select(count => new TakenCoins(InProcess.Create(), count)).ToArray();
var shared = counts.Select(count => new TakenCoins(redis.Coins, count)).ToArray();
await Rounds.MeasureAsync("in process", inProcess, redis: null);
await Rounds.MeasureAsync("Redis", shared, redis);
