using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Configuration;
using Rke.Gateway.Signals;
using Rke.Gateway.Tests.Configuration;
using Rke.Gateway.Tests.Observability;
using Rke.Gateway.Tests.Redis;
using Rke.Gateway.Tests.Sessions;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.Signals;

/// <summary>Signals from strangers use bounded memory, in the process and in Redis, and affect no other call.</summary>
public sealed class SpoofedSignalTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string SignalKeys = "rke:{g}:*";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_Signal_that_names_only_disallowed_hosts_is_answered_and_not_kept()
    {
        await using var pair = await StartAsync();
        using var signaller = new Signaller(pair.Listener);
        for (var count = 0; count < 200; count++)
        {
            var signal = Signaller.Make(
            [
                (RandomNumberGenerator.GetBytes(16), new(IPAddress.Parse("203.0.113.1"), 50_000)),
                (RandomNumberGenerator.GetBytes(16), new(IPAddress.Loopback, 9)),
            ]);
            signaller.Send(signal);
            var answer = await signaller.ReceiveAsync();
            Assert.Equal(new byte[16], answer[32..48]);
            Assert.Equal(signal[32..48], answer[16..32]);
        }

        Assert.Equal(0, pair.Receiver.Services.GetRequiredService<SignalResults>().Count);
        Assert.Equal(0, await CountAsync(SignalKeys));
        Assert.Equal(200, (await Samples.OfAsync(pair.Receiver))["rke_signals_received_total{result=\"not_allowed\"}"]);
        Assert.DoesNotContain(pair.Receiver.Logs.Lines, line => line.StartsWith("Information 18", StringComparison.Ordinal)
            && !line.Contains("receives Signals", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Signal_whose_parts_do_not_exist_leaves_nothing_in_Redis()
    {
        await using var pair = await StartAsync();
        using var signaller = new Signaller(pair.Listener);
        for (var count = 0; count < 200; count++)
        {
            signaller.Send(Signaller.Make([(RandomNumberGenerator.GetBytes(16), pair.Servers.EndPoints[3])]));
            Assert.Equal(new byte[16], (await signaller.ReceiveAsync())[32..48]);
        }

        Assert.Equal(200, pair.Receiver.Services.GetRequiredService<SignalResults>().Count);
        Assert.Equal(0, await CountAsync(SignalKeys));
        Assert.Equal(0, await CountAsync("rke:i:*"));
        var lines = pair.Receiver.Logs.Lines.Count(line => line.StartsWith("Information 1803", StringComparison.Ordinal));
        Assert.InRange(lines, 1, 199);
    }

    [Fact]
    public async Task At_the_memory_limit_of_Redis_a_Signal_gets_no_answer_and_the_circuit_stays_closed()
    {
        await using var pair = await StartAsync();
        var parts = new List<(byte[], IPEndPoint)> { await PostAsync(pair, 0), await PostAsync(pair, 1) };
        using var signaller = new Signaller(pair.Listener);
        var signal = Signaller.Make(parts);
        await redis.Server.AskAsync("CONFIG", "SET", "maxmemory", "1");
        try
        {
            // A repeated datagram gets no answer while the Signal is in progress, so each round has a new Signal first.
            for (var count = 0; count < 20; count++)
            {
                Assert.Empty(await signaller.AskAsync(
                    Signaller.Make([(RandomNumberGenerator.GetBytes(16), pair.Servers.EndPoints[3])])));
                signaller.Send(signal);
            }

            await Eventually.IsTrueAsync(async () => Regex.IsMatch(
                await redis.Server.AskAsync("INFO", "commandstats"),
                @"cmdstat_set:[^\r\n]*(rejected|failed)_calls=[1-9]",
                RegexOptions.ExplicitCapture,
                TimeSpan.FromSeconds(1)));
        }
        finally
        {
            await redis.Server.AskAsync("CONFIG", "SET", "maxmemory", "0");
        }

        // The circuit is closed, so this call does not fail, and the parts are still on their servers.
        await PostAsync(pair, 5);
        signaller.Send(signal);
        Assert.Equal([0xFF, 0xFF, 0x00], (await signaller.ReceiveAsync())[32..35]);
        Assert.DoesNotContain(pair.Receiver.Logs.Lines, line => line.Contains(" 1401", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redis_keeps_a_bounded_number_of_results()
    {
        var states = await redis.ConnectAsync(2);
        await using var first = states[0];
        await using var second = states[1];
        var (one, other) = (Results(first), Results(second));
        for (UInt128 fingerprint = 1; fingerprint <= 300; fingerprint++)
        {
            Assert.NotNull(await one.RunAsync(fingerprint, () => Task.FromResult<SignalResult?>(new(3, TimeSpan.Zero)), Cancelled));
        }

        Assert.Contains(":100\r\n", await redis.Server.AskAsync("HLEN", "rke:{g}:r"), StringComparison.Ordinal);
        Assert.Contains(":100\r\n", await redis.Server.AskAsync("ZCARD", "rke:{g}:t"), StringComparison.Ordinal);
        Assert.Equal(2, await CountAsync(SignalKeys));
        var usage = await redis.Server.AskAsync("MEMORY", "USAGE", "rke:{g}:r", "SAMPLES", "0");
        Assert.InRange(int.Parse(usage.Trim().TrimStart(':')), 1, 25_000);

        var known = await other.RunAsync(300, () => throw new InvalidOperationException("The result is known."), Cancelled);
        Assert.Equal(new(3, TimeSpan.Zero), known);
    }

    [Fact]
    public async Task A_replica_takes_over_a_Signal_whose_result_has_no_used_part()
    {
        var states = await redis.ConnectAsync(2);
        await using var first = states[0];
        await using var second = states[1];
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource<SignalResult?>());
        var running = Results(first).RunAsync(
            1,
            () =>
            {
                started.SetResult();
                return release.Task;
            },
            Cancelled);
        await started.Task;
        await redis.Server.AskAsync("CONFIG", "RESETSTAT");
        var runs = 0;
        var waiting = Results(second).RunAsync(
            1,
            () =>
            {
                Interlocked.Increment(ref runs);
                return Task.FromResult<SignalResult?>(new(1, TimeSpan.Zero));
            },
            Cancelled);

        // The script of the second replica reads the claim twice or more, and its work does not start.
        await Eventually.IsTrueAsync(async () => Regex.IsMatch(
            await redis.Server.AskAsync("INFO", "commandstats"),
            @"cmdstat_hget:calls=([2-9]|\d{2,})",
            RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1)));
        Assert.Equal(0, Volatile.Read(ref runs));
        release.SetResult(new(0, TimeSpan.Zero));
        Assert.Equal(0, (await running)!.Used);
        Assert.Equal(1, (await waiting)!.Used);
    }

    private async Task<SessionPair> StartAsync()
    {
        await redis.Server.AskAsync("FLUSHALL");
        await redis.Server.AskAsync("CONFIG", "RESETSTAT");
        return await SessionPair.StartAsync(receiver: new Dictionary<string, string?>
        {
            ["Rke:Redis:Endpoints"] = redis.Server.Endpoint,
            ["Rke:Redis:Timeout"] = "00:00:05",
            ["Rke:Signal:SourceBurst"] = "10000",
        });
    }

    private static async Task<(byte[] Hash, IPEndPoint Server)> PostAsync(SessionPair pair, byte raidaId)
    {
        var bytes = RandomNumberGenerator.GetBytes(8);
        bytes[^1] = 0xFF;
        var posted = await pair.Receiver.Client.PostKeyAsync(
            new() { RaidaId = raidaId, KeyPart = ByteString.CopyFrom(bytes) }, cancellationToken: Cancelled);
        return (posted.KeyIdHash.ToByteArray(), pair.Servers.EndPoints[raidaId]);
    }

    // *count, followed by the keys
    private async Task<int> CountAsync(string pattern) =>
        int.Parse((await redis.Server.AskAsync("KEYS", pattern)).Split("\r\n")[0].TrimStart('*'));

    private static RedisSignalResults Results(RedisState state) => new(
        state.Circuit,
        state.Retries,
        new SystemEntropy(),
        TimeProvider.System,
        new ChangingOptions<SignalOptions>(new() { Results = 100 }));
}
