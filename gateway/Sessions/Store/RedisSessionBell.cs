using System.Globalization;
using Rke.Gateway.State;
using StackExchange.Redis;

namespace Rke.Gateway.Sessions.Store;

/// <summary>
/// Wakes those who wait for sessions when Redis publishes that one arrived. A message can be lost with its connection,
/// so each of them also looks once a second.
/// </summary>
internal sealed class RedisSessionBell(
    RedisCircuit circuit, ISubscriber subscriber, RedisChannel channel, TimeProvider timeProvider)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private TaskCompletionSource _ring = NewRing();
    private SessionCursor _last = SessionCursor.Start;
    private bool _isSubscribed;

    public async Task WaitAsync(SessionCursor after, CancellationToken cancellationToken)
    {
        Listen();
        Task ring;
        lock (_gate)
        {
            if (_last.Life == after.Life && _last.Number > after.Number)
            {
                return;
            }

            ring = _ring.Task;
        }

        try
        {
            await ring.WaitAsync(LookAgain, timeProvider, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Nobody rang; who waits looks.
        }
    }

    // Once; from then on the client subscribes again with every new connection.
    private void Listen()
    {
        lock (_gate)
        {
            if (circuit.IsUp && !_isSubscribed)
            {
                _isSubscribed = true;
                _ = SubscribeAsync();
            }
        }
    }

    private async Task SubscribeAsync()
    {
        try
        {
            await subscriber.SubscribeAsync(channel, (_, message) => Ring(message));
        }
        catch (Exception exception) when (RedisCircuit.IsOfRedis(exception))
        {
            // The client counts a refused subscription as made. Without this it would send none again.
            await UnsubscribeAsync();
            lock (_gate)
            {
                _isSubscribed = false;
            }
        }
    }

    private async Task UnsubscribeAsync()
    {
        try
        {
            await subscriber.UnsubscribeAsync(channel);
        }
        catch (Exception exception) when (RedisCircuit.IsOfRedis(exception))
        {
            // There was nothing to end.
        }
    }

    private void Ring(string? message)
    {
        TaskCompletionSource ring;
        lock (_gate)
        {
            if (message?.Split('.') is [var life, var text]
                && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && (life != _last.Life || number > _last.Number))
            {
                _last = new(life, number);
            }

            ring = _ring;
            _ring = NewRing();
        }

        ring.SetResult();
    }

    private static TaskCompletionSource NewRing() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
