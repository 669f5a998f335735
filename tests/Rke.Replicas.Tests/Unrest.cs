using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.V1;

namespace Rke.Replicas.Tests;

/// <summary>
/// Callers that post and get at random through all replicas, over a network that loses a part of what is sent, and who
/// give up early: and a look into the key servers' history, whether any unread part was overwritten.
/// </summary>
internal sealed class Unrest(Fleet fleet)
{
    private const int Callers = 24;

    private readonly ConcurrentQueue<(uint RaidaId, ByteString KeyId)> _posted = new();
    private readonly ConcurrentDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private int _stored;
    private int _read;

    /// <summary>Coins are scarce, answers get lost, and parts live longer than the test.</summary>
    public static KeyServerOptions KeyServers => new()
    {
        KeyLife = TimeSpan.FromMinutes(10),
        Requests = new() { Drop = 0.05, Duplicate = 0.05, Reorder = 0.05 },
        Answers = new() { Drop = 0.1, Duplicate = 0.05 },
        Seed = 7,
    };

    public static Dictionary<string, string?> Settings => new(StringComparer.Ordinal)
    {
        ["Rke:Networks:0:KeyLifetime"] = "00:10:00",
        ["Rke:Grpc:DefaultDeadline"] = "00:00:00.400",
        ["Rke:Bridge:BreakerThreshold"] = "1000000",

        // A busy test machine is not a slow Redis.
        ["Rke:Redis:Timeout"] = "00:00:00.200",
    };

    public int Stored => Volatile.Read(ref _stored);

    public string Answers => string.Join(", ", _answers.Select(answer => $"{answer.Key} {answer.Value}"));

    /// <summary>Goes on until it is told to stop.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Callers).Select(seed =>
        Task.Run(() => CallAsync(new Random(seed), stop), CancellationToken.None)));

    /// <summary>So many more posts have succeeded.</summary>
    public Task HasStoredAsync(int more)
    {
        var goal = Stored + more;
        return Eventually.IsTrueAsync(() => Stored >= goal);
    }

    /// <summary>What must be true however it went.</summary>
    public void CheckHistory()
    {
        var kinds = fleet.History.CountBy(entry => entry.Kind).ToDictionary();
        var told = $"{Answers}; {string.Join(", ", kinds)}";
        Assert.True(Stored > 50 && _read > 10, told);
        Assert.DoesNotContain(KeyEventKind.OverwriteUnread, kinds);
        Assert.True(kinds[KeyEventKind.Post] >= Stored, told);
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
            // Perhaps the part is there: somebody may come for it.
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
