using System.Globalization;
using Rke.Gateway.Redis;
using StackExchange.Redis;

namespace Rke.Gateway.Sessions.Store;

/// <summary>
/// Ends the waits of WatchSessions when Redis publishes the arrival of a session. A message can be lost with its connection, so
/// each wait also ends after one second.
/// </summary>
internal sealed class RedisSessionNotifications(
    RedisCircuit circuit, ISubscriber subscriber, RedisChannel channel, TimeProvider timeProvider)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private TaskCompletionSource _arrival = NewArrival();
    private SessionCursor _last = SessionCursor.Start;
    private bool _isSubscribed;

    public async Task WaitAsync(SessionCursor after, CancellationToken cancellationToken)
    {
        EnsureSubscribed();
        Task arrival;
        lock (_gate)
        {
            if (_last.Epoch == after.Epoch && _last.Number > after.Number)
            {
                return;
            }

            arrival = _arrival.Task;
        }

        try
        {
            await arrival.WaitAsync(PollInterval, timeProvider, cancellationToken);
        }
        catch (TimeoutException)
        {
            // No message. The caller reads the store.
        }
    }

    // Subscribes once. The client repeats the subscription on each new connection.
    private void EnsureSubscribed()
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
            await subscriber.SubscribeAsync(channel, (_, message) => OnMessage(message));
        }
        catch (Exception exception) when (RedisCircuit.IsRedisFailure(exception))
        {
            // The client treats a refused subscription as active. Without an unsubscribe it would not subscribe again.
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
        catch (Exception exception) when (RedisCircuit.IsRedisFailure(exception))
        {
            // There was no subscription.
        }
    }

    private void OnMessage(string? message)
    {
        TaskCompletionSource arrival;
        lock (_gate)
        {
            if (message?.Split('.') is [var epoch, var text]
                && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && (epoch != _last.Epoch || number > _last.Number))
            {
                _last = new(epoch, number);
            }

            arrival = _arrival;
            _arrival = NewArrival();
        }

        arrival.SetResult();
    }

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
