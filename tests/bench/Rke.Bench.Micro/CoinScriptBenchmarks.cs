using BenchmarkDotNet.Attributes;
using Rke.Bench.Coins;

namespace Rke.Bench.Micro;

/// <summary>The script that reserves coins, in a redis-server on this machine. A row includes the round trip.</summary>
public class CoinScriptBenchmarks
{
    private const int Coins = 100;

    private RedisProcess _redis = null!;
    private TakenCoins _coins = null!;

    [GlobalSetup]
    public async Task PrepareAsync()
    {
        _redis = await RedisProcess.StartAsync();
        _coins = new(_redis.Coins, Coins);
        await _coins.FillAsync();
    }

    [Benchmark(Description = "Redis: a reservation that finds no coin")]
    public Task Refuse() => _coins.RefuseAsync();

    [Benchmark(Description = "Redis: a release and a reservation")]
    public Task ReleaseAndReserve() => _coins.ReleaseAndReserveAsync();

    [GlobalCleanup]
    public async Task ClearAsync() => await _redis.DisposeAsync();
}
