using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.V1;

namespace Rke.Replicas.Tests;

/// <summary>
/// Random posts and gets through all replicas, over a network that drops datagrams, with short deadlines, and a check of the history
/// of the key servers for overwritten unread parts.
/// </summary>
internal sealed class Unrest(Fleet fleet)
{
    private const int Callers = 24;

    private readonly ConcurrentQueue<(uint RaidaId, ByteString KeyId)> _posted = new();
    private readonly ConcurrentDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private int _stored;
    private int _read;

    /// <summary>Few coins, lost answers, and parts that live longer than the test.</summary>
    public static KeyServerOptions KeyServers => new()
    {
        KeyLifetime = TimeSpan.FromMinutes(10),
        RequestImpairment = new() { Drop = 0.05, Duplicate = 0.05, Reorder = 0.05 },
        ResponseImpairment = new() { Drop = 0.1, Duplicate = 0.05 },
        Seed = 7,
    };

    public static Dictionary<string, string?> Settings => new(StringComparer.Ordinal)
    {
        ["Rke:Networks:0:KeyLifetime"] = "00:10:00",
        ["Rke:Grpc:DefaultDeadline"] = "00:00:00.400",
        ["Rke:Bridge:BreakerThreshold"] = "1000000",

        // A busy test machine must not count as a slow Redis.
        ["Rke:Redis:Timeout"] = "00:00:00.200",
    };

    public int Stored => Volatile.Read(ref _stored);

    public string Answers => string.Join(", ", _answers.Select(answer => $"{answer.Key} {answer.Value}"));

    /// <summary>Runs until it is stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Callers).Select(seed =>
        Task.Run(() => CallAsync(new Random(seed), stop), CancellationToken.None)));

    /// <summary>Waits until this number of further posts has succeeded.</summary>
    public Task HasStoredAsync(int more)
    {
        var goal = Stored + more;
        return Eventually.IsTrueAsync(() => Stored >= goal);
    }

    /// <summary>Checks the history.</summary>
    public void CheckHistory()
    {
        var kinds = fleet.History.CountBy(entry => entry.Kind).ToDictionary();
        var summary = $"{Answers}; {string.Join(", ", kinds)}";
        Assert.True(Stored > 50 && _read > 10, summary);
        Assert.DoesNotContain(KeyEventKind.OverwriteUnread, kinds);
        Assert.True(kinds[KeyEventKind.Post] >= Stored, summary);
        Assert.Equal(0, fleet.NonceRepeats);
    }

    private async Task CallAsync(Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (random.Next(2) == 0 && _posted.TryDequeue(out var waiting))
                {
                    await GetAsync(waiting.RaidaId, waiting.KeyId);
                }
                else
                {
                    await PostAsync(random);
                }

                Count("OK");
            }
            catch (RpcException exception)
            {
                Count(Details.ReasonOf(exception) is { Length: > 0 } reason ? reason : $"{exception.StatusCode}");
            }
        }
    }

    private async Task PostAsync(Random random)
    {
        var request = new PostKeyRequest
        {
            RaidaId = (uint)random.Next(Fleet.Servers),
            KeyId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)),
            KeyPart = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(8)),
        };
        try
        {
            await fleet.Client.PostKeyAsync(request, cancellationToken: CancellationToken.None);
            Interlocked.Increment(ref _stored);
            _posted.Enqueue((request.RaidaId, request.KeyId));
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.DeadlineExceeded)
        {
            // The part may be there, so a caller may fetch it.
            _posted.Enqueue((request.RaidaId, request.KeyId));
            throw;
        }
    }

    private async Task GetAsync(uint raidaId, ByteString keyId)
    {
        await fleet.Client.GetKeyAsync(
            new() { RaidaId = raidaId, KeyId = keyId }, cancellationToken: CancellationToken.None);
        Interlocked.Increment(ref _read);
    }

    private void Count(string answer) => _answers.AddOrUpdate(answer, 1, (_, count) => count + 1);
}
