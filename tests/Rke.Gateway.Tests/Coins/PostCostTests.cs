using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.Gateway.Tests.Redis;
using Rke.Wire;

namespace Rke.Gateway.Tests.Coins;

/// <summary>
/// What a reservation costs: commands in Redis, and memory of the process. Memory is counted for one thread, so no other test runs at the
/// same time.
/// </summary>
[CollectionDefinition(nameof(PostCostTests), DisableParallelization = true)]
[Collection(nameof(PostCostTests))]
public sealed class PostCostTests
{
    private const int Posts = 100;
    private static readonly ServerId Server = new(6, 14);
    private static readonly CoinLimit Limit = new(10, TimeSpan.FromMinutes(1));
    private static readonly CoinId[] Coins = [.. Enumerable.Range(1, 2 * Posts).Select(number => new CoinId(0, (uint)number))];

    // The checks of the epoch run these commands too.
    private static readonly HashSet<string> CommandsOfChecks = ["time", "get", "config|resetstat", "info", "ping"];

    [Theory]
    [InlineData(true, false, 4)]
    [InlineData(true, true, 7)]
    [InlineData(false, false, 3)]
    [InlineData(false, true, 6)]
    public async Task A_reservation_is_one_round_trip_with_few_commands(bool occupies, bool hasLimit, int commands)
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(redis);
        await ReserveAsync(state.Coins, 0, occupies, hasLimit);
        await redis.AskAsync("CONFIG", "RESETSTAT");
        for (var post = 1; post <= Posts; post++)
        {
            await ReserveAsync(state.Coins, post, occupies, hasLimit);
        }

        var stats = CallsOf(await redis.AskAsync("INFO", "commandstats"));
        Assert.Equal(Posts, stats["mget"]);
        Assert.InRange(stats["evalsha"], Posts, Posts + 50);
        Assert.InRange(stats["time"], Posts, Posts + 50);
        var others = stats.Where(command => command.Key != "evalsha" && !CommandsOfChecks.Contains(command.Key)).Sum(command => command.Value);

        // One more command is TIME.
        Assert.Equal((commands - 1) * Posts, others);
    }

    [Fact]
    public async Task Releases_at_the_same_time_are_few_commands()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var state = await RedisState.ConnectAsync(redis);
        var granted = new List<CoinReservation>();
        for (var post = 0; post < Posts; post++)
        {
            granted.Add((await ReserveAsync(state.Coins, post, occupies: true, hasLimit: false)).Reservation);
        }

        await redis.AskAsync("CONFIG", "RESETSTAT");
        redis.Signal("STOP");
        var releases = granted.Select(grant => state.Coins.FreeAsync(Server, grant.Part, grant.Coin).AsTask()).ToArray();
        redis.Signal("CONT");
        await Task.WhenAll(releases);
        var stats = CallsOf(await redis.AskAsync("INFO", "commandstats"));
        Assert.Equal(Posts, stats["del"]);

        // The first part alone, and the others in two batches. The rest are checks of the epoch.
        Assert.InRange(stats["evalsha"], 3, Posts / 2);
    }

    [Fact]
    public async Task A_reservation_in_the_process_allocates_little()
    {
        var state = new InProcessCoinState(new FakeTimeProvider());
        long allocated = 0;
        for (var round = 0; round < 2; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var post = 0; post < Posts; post++)
            {
                var grant = await ReserveAsync(state, post, occupies: true, hasLimit: true);
                await state.CompleteAsync(grant.Reservation, PostOutcome.Refused);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.InRange(allocated, 0, 64 * Posts);
    }

    private static async ValueTask<ReservationResult> ReserveAsync(ICoinState state, int first, bool occupies, bool hasLimit)
    {
        var result = await state.ReserveAsync(
            new(Server, Coins, first, RedisState.NextHash(), occupies, TimeSpan.FromMinutes(1), hasLimit ? Limit : default)
            {
                KeyIdTicket = occupies ? null : (ulong)first + 1,
            },
            CancellationToken.None);

        // An assertion allocates.
        return result.Answer == ReservationAnswer.Granted ? result : throw new InvalidOperationException($"{result.Answer}");
    }

    // cmdstat_get:calls=5,usec=…
    private static Dictionary<string, int> CallsOf(string stats) => stats.Split("\r\n")
        .Where(line => line.StartsWith("cmdstat_", StringComparison.Ordinal))
        .ToDictionary(
            line => line["cmdstat_".Length..line.IndexOf(':')],
            line => int.Parse(line.Split("calls=")[1].Split(',')[0]));
}
