using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Rke.V1;

namespace Rke.Sessions.Tests;

/// <summary>Watches one replica and claims each session, many at the same time.</summary>
internal sealed class Consumer
{
    private readonly RkeSessionService.RkeSessionServiceClient _client;
    private readonly ConcurrentDictionary<ByteString, ConcurrentBag<ByteString>> _claims;
    private readonly CancellationTokenSource _end;
    private readonly string _name;
    private readonly Task _watching;
    private int _won;
    private int _lost;

    /// <param name="client">The client of the replica.</param>
    /// <param name="name">The name of the consumer.</param>
    /// <param name="claims">The claimed keys of all consumers, by session.</param>
    /// <param name="stop">Ends the watch.</param>
    public Consumer(
        RkeSessionService.RkeSessionServiceClient client,
        string name,
        ConcurrentDictionary<ByteString, ConcurrentBag<ByteString>> claims,
        CancellationToken stop)
    {
        (_client, _name, _claims) = (client, name, claims);
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _watching = WatchAsync();
    }

    public int Won => _won;

    public int Lost => _lost;

    public override string ToString() => $"{_name}: {Won} won, {Lost} lost to the other";

    /// <summary>Waits until all consumers together have claimed this number of sessions, and ends the watch.</summary>
    public async Task EndAsync(int sessions)
    {
        await Eventually.IsTrueAsync(() =>
        {
            Assert.False(_watching.IsCompleted, $"{_watching.Exception}");
            return _claims.Count >= sessions;
        });
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
    }

    private async Task WatchAsync()
    {
        var claiming = new List<Task>();
        using var watch = _client.WatchSessions(new() { Consumer = _name }, cancellationToken: _end.Token);
        try
        {
            while (await watch.ResponseStream.MoveNext(_end.Token))
            {
                var message = watch.ResponseStream.Current;
                Assert.False(message.Gap || message.Redelivered);
                claiming.Add(ClaimAsync(message.Session.SessionId));
            }
        }
        catch (RpcException) when (_end.IsCancellationRequested)
        {
            // All are claimed.
        }

        await Task.WhenAll(claiming);
    }

    private async Task ClaimAsync(ByteString sessionId)
    {
        try
        {
            var claimed = await _client.ClaimSessionAsync(new() { SessionId = sessionId });
            _claims.GetOrAdd(sessionId, _ => []).Add(claimed.Key);
            Interlocked.Increment(ref _won);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.FailedPrecondition)
        {
            Interlocked.Increment(ref _lost);
        }
    }
}
