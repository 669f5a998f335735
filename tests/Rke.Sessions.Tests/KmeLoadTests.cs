using System.Collections.Concurrent;
using System.Diagnostics;

namespace Rke.Sessions.Tests;

/// <summary>Many clients of two KMEs with two replicas each, while a replica of each KME restarts.</summary>
public sealed class KmeLoadTests(ITestOutputHelper output)
{
    private const int Workers = 8;

    [Fact]
    public async Task Each_key_is_taken_exactly_once_on_either_side_under_load_with_a_restart_of_a_replica()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var replicas = await KmeReplicas.StartAsync();
        var (made, found) = (new ConcurrentBag<KmeKey>(), new ConcurrentDictionary<string, string>());
        var times = new ConcurrentBag<TimeSpan>();
        var left = Scale.KmeKeys;
        var restart = new TaskCompletionSource();
        var started = Stopwatch.GetTimestamp();
        var restarting = Task.Run(
            async () =>
            {
                await restart.Task;
                await Task.WhenAll(replicas.Masters[1].RestartAsync(), replicas.Slaves[1].RestartAsync());
            },
            stop);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(
            async () =>
            {
                for (var turn = worker; Interlocked.Decrement(ref left) >= 0; turn++)
                {
                    var began = Stopwatch.GetTimestamp();
                    var key = Assert.Single(await UntilAnsweredAsync(replicas.Masters, turn, replica => replica.EncryptAsync(1)));
                    times.Add(Stopwatch.GetElapsedTime(began));
                    made.Add(key);

                    var taken = await UntilAnsweredAsync(replicas.Slaves, turn, replica => replica.DecryptAsync([key]));
                    Assert.Equal(key, Assert.Single(taken));
                    Assert.True(found.TryAdd(key.Id, key.Key));
                    if (Volatile.Read(ref left) < Scale.KmeKeys / 2)
                    {
                        restart.TrySetResult();
                    }
                }
            },
            stop)));
        var took = Stopwatch.GetElapsedTime(started);
        await restarting;
        Assert.Equal(Scale.KmeKeys, made.Select(key => key.Id).Distinct().Count());
        Assert.Equal(Scale.KmeKeys, made.Select(key => key.Key).Distinct().Count());
        Assert.Equal(Scale.KmeKeys, found.Count);

        // The restarted replicas return none of these keys again.
        foreach (var replica in replicas.Slaves)
        {
            foreach (var key in made.Take(20))
            {
                Assert.Null(await replica.DecryptAsync([key]));
            }
        }

        Assert.NotNull(await UntilAnsweredAsync([replicas.Masters[1]], 0, replica => replica.EncryptAsync(1)));
        var sorted = times.Order().ToArray();
        output.WriteLine(FormattableString.Invariant(
            $"{Scale.KmeKeys} keys in {took.TotalSeconds:F1} s; enc_keys p50 {sorted[sorted.Length / 2].TotalMilliseconds:F1} ms, p99 {sorted[sorted.Length * 99 / 100].TotalMilliseconds:F1} ms"));
    }

    // Alternates between the replicas.
    private static async Task<IReadOnlyList<KmeKey>> UntilAnsweredAsync(
        KmeReplica[] replicas, int first, Func<KmeReplica, Task<IReadOnlyList<KmeKey>?>> send)
    {
        IReadOnlyList<KmeKey>? answer = null;
        var turn = first;
        await Eventually.IsTrueAsync(
            async () => (answer = await send(replicas[turn++ % replicas.Length])) is not null, TimeSpan.FromMinutes(1));
        return answer!;
    }
}
