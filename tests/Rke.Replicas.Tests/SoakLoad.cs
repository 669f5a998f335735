using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.V1;

namespace Rke.Replicas.Tests;

/// <summary>
/// Callers that post a part and get it, at half of the maximum rate. Some callers disconnect, and some parts are never read.
/// </summary>
internal sealed class SoakLoad(SoakFleet fleet, SoakLog log)
{
    private const int Callers = 32;
    private const double AbandonShare = 0.005;
    private const double DisconnectShare = 0.01;
    private const double LoadShare = 0.5;

    // Calls of the last two lifetimes of a part whose outcome is unknown. Their coins can stay occupied without a part.
    private readonly ConcurrentQueue<long> _unknown = new();
    private double _rate;
    private long _succeeded;
    private long _failed;
    private long _disconnected;
    private long _abandoned;
    private int _running;

    public long Succeeded => Volatile.Read(ref _succeeded);

    public long Failed => Volatile.Read(ref _failed);

    public int Running => Volatile.Read(ref _running);

    /// <summary>The posts whose outcome is unknown, and which can occupy a coin now.</summary>
    public int Unknown
    {
        get
        {
            var oldest = Stopwatch.GetTimestamp() - (long)(2 * SoakFleet.KeyLifetime.TotalSeconds * Stopwatch.Frequency);
            while (_unknown.TryPeek(out var at) && at < oldest)
            {
                _unknown.TryDequeue(out _);
            }

            return _unknown.Count;
        }
    }

    /// <summary>Measures the maximum rate of exchanges.</summary>
    public async Task MeasureAsync(TimeSpan time)
    {
        using var stop = new CancellationTokenSource(time);
        var before = Succeeded;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await ExchangeAsync();
            }
        })));
        _rate = (Succeeded - before) / time.TotalSeconds;
    }

    /// <summary>Runs until it is stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(
        async () =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Callers / Math.Max(1, _rate * LoadShare)));
            while (!stop.IsCancellationRequested)
            {
                await ExchangeAsync();
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        },
        CancellationToken.None)));

    public override string ToString() =>
        $"maximum {_rate:0} exchanges/s, load at {LoadShare:P0}; {Succeeded} exchanges succeeded, {Failed} failed, "
        + $"{_disconnected} callers disconnected, {_abandoned} parts were not read";

    private async Task ExchangeAsync()
    {
        Interlocked.Increment(ref _running);
        var began = Stopwatch.GetTimestamp();
        var isPosted = false;
        using var disconnect = new CancellationTokenSource();
        if (Random.Shared.NextDouble() < DisconnectShare)
        {
            disconnect.CancelAfter(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 20)));
        }

        try
        {
            var client = fleet.Client;
            var request = new PostKeyRequest
            {
                RaidaId = (uint)Random.Shared.Next(SoakFleet.Servers),
                KeyId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)),
                KeyPart = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(8)),
            };
            await client.PostKeyAsync(request, cancellationToken: disconnect.Token);
            isPosted = true;
            if (Random.Shared.NextDouble() < AbandonShare)
            {
                Interlocked.Increment(ref _abandoned);
                return;
            }

            var got = await fleet.Client.GetKeyAsync(
                new() { RaidaId = request.RaidaId, KeyId = request.KeyId }, cancellationToken: CancellationToken.None);
            Assert.Equal(request.KeyPart, got.KeyPart);
            Interlocked.Increment(ref _succeeded);
        }
        catch (RpcException exception)
        {
            var reason = Details.ReasonOf(exception) is { Length: > 0 } known ? known : $"{exception.StatusCode}";
            if (reason is not ("STATE_UNAVAILABLE" or "KEY_NOT_FOUND"))
            {
                _unknown.Enqueue(Stopwatch.GetTimestamp());
            }

            if (disconnect.IsCancellationRequested && !isPosted)
            {
                Interlocked.Increment(ref _disconnected);
            }
            else
            {
                Interlocked.Increment(ref _failed);
                log.Fail(reason, began, exception.Status.Detail);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
