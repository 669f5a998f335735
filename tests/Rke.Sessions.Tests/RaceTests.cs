using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Google.Protobuf;

namespace Rke.Sessions.Tests;

/// <summary>Consumers that race for sessions at two replicas. The replicas are processes that share a Redis.</summary>
public sealed class RaceTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-race-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Two_consumers_on_two_replicas_race_and_every_session_is_claimed_exactly_once()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var redis = await RedisServerProcess.StartAsync();
        var sealing = Path.Combine(_folder.FullName, "sealing");
        await File.WriteAllTextAsync(sealing, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), stop);

        // A long timeout, so that a busy machine does not count as a slow Redis.
        var replica = new Dictionary<string, string?>
        {
            ["Rke:Redis:Endpoints"] = redis.Endpoint,
            ["Rke:Redis:Timeout"] = "00:00:10",
            ["Rke:Sessions:SealingKey"] = sealing,
        };
        await using var sides = await Sides.StartAsync(loss: 0, dead: 0, replica, replica);
        var claims = new ConcurrentDictionary<ByteString, ConcurrentBag<ByteString>>();
        var consumers = sides.Receivers
            .Select((client, number) => new Consumer(client, $"consumer {number}", claims, stop))
            .ToArray();

        var started = Stopwatch.GetTimestamp();
        var keys = new ConcurrentDictionary<ByteString, ByteString>();
        var atATime = new ParallelOptions { MaxDegreeOfParallelism = Scale.AtATime, CancellationToken = stop };
        await Parallel.ForAsync(0, Scale.Races, atATime, async (number, token) =>
        {
            var made = await sides.Initiator.InitiateSessionAsync(
                new() { Endpoint = sides.Targets[number % sides.Targets.Count] },
                deadline: DateTime.UtcNow + Deadline,
                cancellationToken: token);
            Assert.True(keys.TryAdd(made.SessionId, made.Key));
        });
        foreach (var consumer in consumers)
        {
            await consumer.EndAsync(Scale.Races);
        }

        output.WriteLine(
            $"{Scale.Races} sessions in {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s, claimed "
            + string.Join(", ", consumers.Select(consumer => $"by {consumer}")));
        Assert.Equal(Scale.Races, keys.Count);
        Assert.Equal(keys.Keys.ToHashSet(), claims.Keys.ToHashSet());
        Assert.All(claims, claim => Assert.Equal(keys[claim.Key], Assert.Single(claim.Value)));

        // There was a race: a consumer watched a session that the other one claimed. The slower consumer can lose all of them.
        Assert.Contains(consumers, consumer => consumer.Lost > 0);
    }
}
