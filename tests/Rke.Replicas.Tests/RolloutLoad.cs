using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Rke.V1;

namespace Rke.Replicas.Tests;

/// <summary>
/// Callers without retries, which post and fetch parts, look up names and initiate sessions, and a watcher that claims each session
/// and reconnects when its stream ends. The load records each failed call.
/// </summary>
internal sealed class RolloutLoad(Rollout rollout)
{
    private const int Exchanging = 8;
    private const int MaxFailuresTold = 20;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan SessionPace = TimeSpan.FromMilliseconds(150);

    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<ByteString, ByteString> _made = new();
    private readonly ConcurrentDictionary<ByteString, ByteString> _claimed = new();
    private int _moves;

    public int Calls => _calls.Values.Sum();

    public IReadOnlyCollection<string> Failures => _failures;

    public int Sessions => _made.Count;

    /// <summary>The number of streams of the watcher that ended because a replica stopped.</summary>
    public int Moves => Volatile.Read(ref _moves);

    /// <summary>Runs until it is stopped, and then until each session is claimed.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var watched = new CancellationTokenSource();
        var watching = Task.Run(() => WatchAsync(watched.Token), CancellationToken.None);
        List<Task> callers = [LoopAsync(SessionPace, InitiateAsync, 0, stop), LoopAsync(Pace, LookUpAsync, 1, stop)];
        callers.AddRange(Enumerable.Range(0, Exchanging)
            .Select(number => LoopAsync(Pace, ExchangeAsync, number, stop)));
        await Task.WhenAll(callers);
        await AllAreClaimedAsync();
        await watched.CancelAsync();
        await watching;
    }

    public override string ToString() =>
        $"{Calls} calls ({string.Join(", ", _calls.OrderBy(call => call.Key).Select(call => $"{call.Key} {call.Value}"))}"
        + $"), {_failures.Count} failed; {Sessions} sessions made, {_claimed.Count} claimed by a watcher who moved "
        + $"{Moves} times"
        + string.Concat(_failures.Take(MaxFailuresTold).Select(failure => $"\n  {failure}"));

    private static Task LoopAsync(TimeSpan pace, Func<int, Task> turn, int number, CancellationToken stop) => Task.Run(
        async () =>
        {
            using var timer = new PeriodicTimer(pace);
            while (!stop.IsCancellationRequested)
            {
                await timer.WaitForNextTickAsync(CancellationToken.None);
                await turn(number);
            }
        },
        CancellationToken.None);

    private async Task ExchangeAsync(int number)
    {
        var client = new RkeService.RkeServiceClient(ChannelOf(number));
        var request = new PostKeyRequest
        {
            RaidaId = (uint)Random.Shared.Next(Rollout.Servers),
            KeyPart = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)),
        };
        if (await TryAsync("PostKey", () => client.PostKeyAsync(request)) is { } posted
            && await TryAsync("GetKey", () => client.GetKeyAsync(
                new() { RaidaId = request.RaidaId, KeyIdHash = posted.KeyIdHash })) is { } got
            && !got.KeyPart.Equals(request.KeyPart))
        {
            _failures.Enqueue("GetKey: other bytes than were posted");
        }
    }

    private async Task LookUpAsync(int number)
    {
        var client = new RkeService.RkeServiceClient(ChannelOf(number));
        if (await TryAsync("Lookup", () => client.LookupAsync(new() { Domain = Rollout.Domain })) is { } found
            && (found.Source != LookupResponse.Types.Source.Raida || found.Memberships.Count != 1))
        {
            _failures.Enqueue($"Lookup: {found}");
        }
    }

    private async Task InitiateAsync(int number)
    {
        var client = new RkeSessionService.RkeSessionServiceClient(ChannelOf(number));
        var request = new InitiateSessionRequest { Domain = Rollout.Domain };
        if (await TryAsync("InitiateSession", () => client.InitiateSessionAsync(request)) is { } made)
        {
            _made[made.SessionId] = made.Key;
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        var client = new RkeSessionService.RkeSessionServiceClient(ChannelOf(0));
        var cursor = "";
        using var timer = new PeriodicTimer(Pace);
        do
        {
            using var watch = client.WatchSessions(
                new() { Cursor = cursor, Consumer = "rollout" }, cancellationToken: stop);
            try
            {
                while (await watch.ResponseStream.MoveNext(stop))
                {
                    var message = watch.ResponseStream.Current;
                    if (message.Gap || message.Session.State != Session.Types.State.Waiting)
                    {
                        _failures.Enqueue($"WatchSessions: {message}");
                    }
                    else
                    {
                        await ClaimAsync(client, message.Session.SessionId);
                    }

                    cursor = message.Cursor;
                }
            }
            catch (RpcException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException exception) when (Details.ReasonOf(exception) == "STOPPING")
            {
                Interlocked.Increment(ref _moves);
            }
            catch (RpcException exception)
            {
                Note("WatchSessions", exception);
            }
        }
        while (await timer.WaitForNextTickAsync(CancellationToken.None) && !stop.IsCancellationRequested);
    }

    private async Task ClaimAsync(RkeSessionService.RkeSessionServiceClient client, ByteString sessionId)
    {
        var request = new ClaimSessionRequest { SessionId = sessionId };
        if (await TryAsync("ClaimSession", () => client.ClaimSessionAsync(request)) is { } claimed
            && !_claimed.TryAdd(sessionId, claimed.Key))
        {
            _failures.Enqueue($"ClaimSession: {Convert.ToHexStringLower(sessionId.Span)} was claimed twice");
        }
    }

    // Sessions that the watcher has not received by then are missed.
    private async Task AllAreClaimedAsync()
    {
        try
        {
            await Eventually.IsTrueAsync(() => _made.Keys.All(_claimed.ContainsKey));
        }
        catch (OperationCanceledException)
        {
            var missed = _made.Keys.Count(id => !_claimed.ContainsKey(id));
            _failures.Enqueue($"WatchSessions: {missed} sessions were missed");
        }

        foreach (var (id, key) in _made)
        {
            if (_claimed.TryGetValue(id, out var claimed) && !claimed.Equals(key))
            {
                _failures.Enqueue($"ClaimSession: {Convert.ToHexStringLower(id.Span)} has another key than its initiator");
            }
        }
    }

    private async Task<TResponse?> TryAsync<TResponse>(string method, Func<AsyncUnaryCall<TResponse>> call)
        where TResponse : class
    {
        _calls.AddOrUpdate(method, 1, (_, count) => count + 1);
        try
        {
            using var running = call();
            return await running.ResponseAsync;
        }
        catch (RpcException exception)
        {
            Note(method, exception);
            return null;
        }
    }

    private void Note(string method, RpcException exception) => _failures.Enqueue(
        $"{DateTime.UtcNow:HH:mm:ss.fff} {method}: {exception.StatusCode} {Details.ReasonOf(exception)} "
        + exception.Status.Detail);

    private GrpcChannel ChannelOf(int number) => rollout.Channels[number % rollout.Channels.Count];
}
