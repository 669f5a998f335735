using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.Raida.Serving;
using Rke.V1;
using Rke.Wire;

namespace Rke.Replicas.Tests;

/// <summary>Over all replicas, a limit of N admits exactly N calls, and each nonce is used once.</summary>
public sealed class ExactnessTests
{
    private const int Limit = 100;
    private const int Calls = 2000;

    private static readonly TimeSpan MaxRun = TimeSpan.FromMinutes(10);
    private static readonly KeyServerOptions KeptById = new() { Profile = WireProfile.Raidax };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_limit_admits_exactly_its_number_of_2000_simultaneous_calls()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var fleet = await Fleet.StartAsync(
            Scale.Rounds,
            KeptById,
            new(StringComparer.Ordinal)
            {
                ["Rke:Networks:0:ResponseIv"] = "same",
                ["Rke:Limits:Coin:Posts"] = $"{Limit}",
                ["Rke:Limits:Coin:Window"] = "01:00:00",
                ["Rke:Grpc:DefaultDeadline"] = "00:01:00",

                // A long timeout, because this test checks the exactness only.
                ["Rke:Redis:Timeout"] = "00:00:10",
            },
            redis);
        for (var round = 0; round < Scale.Rounds; round++)
        {
            var request = new PostKeyRequest
            {
                RaidaId = (uint)(round % Fleet.Servers),
                KeyPart = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(8)),
                Coin = new() { SerialNumber = 1000 + (uint)round },
            };
            var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var calls = Enumerable.Range(0, Calls).Select(number => Task.Run(async () =>
            {
                await start.Task;
                return await PostAsync(fleet.Clients[number % fleet.Clients.Count], request);
            })).ToArray();
            start.SetResult();
            var answers = await Task.WhenAll(calls);
            var counts = answers.CountBy(answer => answer is null ? "OK" : Details.ReasonOf(answer)).ToDictionary();
            Assert.True(
                counts.Count == 2 && counts.GetValueOrDefault("OK") == Limit && counts.GetValueOrDefault("COIN_OVERUSED") == Calls - Limit,
                $"round {round}: {string.Join(", ", counts)}\n{string.Join('\n', fleet.Replicas)}");
            Assert.All(answers.OfType<RpcException>(), refused =>
            {
                Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
                var details = new Details(refused);
                Assert.NotNull(details.Quota);
                Assert.InRange(details.RetryAfter!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
            });
        }

        Assert.Equal(0, fleet.NonceRepeats);
    }

    [Fact]
    public async Task Nonces_never_repeat_also_when_a_replica_is_killed_and_Redis_loses_its_data()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var fleet = await Fleet.StartAsync(
            8,
            KeptById,
            new(StringComparer.Ordinal)
            {
                ["Rke:Networks:0:ResponseIv"] = "same",
                ["Rke:Redis:Timeout"] = "00:00:02",
            },
            redis);
        var posted = 0;
        using var guard = new CancellationTokenSource(MaxRun);
        var working = Enumerable.Range(0, 64).Select(number => Task.Run(async () =>
        {
            while (Volatile.Read(ref posted) < Scale.Posts)
            {
                guard.Token.ThrowIfCancellationRequested();
                var request = new PostKeyRequest
                {
                    RaidaId = (uint)(number % Fleet.Servers),
                    KeyPart = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(8)),
                };
                if (await PostAsync(fleet.Clients[number % fleet.Clients.Count], request) is null)
                {
                    Interlocked.Increment(ref posted);
                }
            }
        })).ToArray();

        await UntilPostedAsync(0.3);
        await fleet.Replicas[0].KillAsync();
        fleet.Replicas[0].Start();
        await UntilPostedAsync(0.6);
        await redis.KillAsync();
        await redis.StartAgainAsync();
        await Task.WhenAll(working);

        Assert.True(fleet.Nonces.Count >= posted);
        Assert.Equal(0, fleet.NonceRepeats);

        Task UntilPostedAsync(double share) => Eventually.IsTrueAsync(
            () => Volatile.Read(ref posted) >= share * Scale.Posts, MaxRun);
    }

    private static async Task<RpcException?> PostAsync(RkeService.RkeServiceClient client, PostKeyRequest request)
    {
        try
        {
            await client.PostKeyAsync(request, cancellationToken: Cancelled);
            return null;
        }
        catch (RpcException exception)
        {
            return exception;
        }
    }
}
