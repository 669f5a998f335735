using System.Globalization;
using Rke.Gateway.State;
using StackExchange.Redis;

namespace Rke.Gateway.Sessions.Store;

/// <summary>
/// Wakes who waits for sessions when Redis tells that one arrived. What it does not tell (a message is lost when the
/// connection is) is found out by looking from time to time.
/// </summary>
internal sealed class RedisSessionBell(RedisLink link, RedisChannel channel, TimeProvider timeProvider)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private ConnectionMultiplexer? _heard;
    private TaskCompletionSource _ring = NewRing();
    private SessionCursor _last = SessionCursor.Start;

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

    // Every new connection is listened to once, unless that fails.
    private void Listen()
    {
        lock (_gate)
        {
            if (link.Connection is not { } connection || ReferenceEquals(connection, _heard))
            {
                return;
            }

            _heard = connection;
            _ = SubscribeAsync(connection);
        }
    }

    private async Task SubscribeAsync(ConnectionMultiplexer connection)
    {
        var subscriber = connection.GetSubscriber();
        try
        {
            await subscriber.SubscribeAsync(channel, (_, message) => Ring(message));
        }
        catch (Exception exception) when (RedisLink.IsOfRedis(exception))
        {
            // Whoever waits looks, and asks again to be told; the client would take what was refused for done.
            await UnsubscribeAsync(subscriber);
            lock (_gate)
            {
                if (ReferenceEquals(connection, _heard))
                {
                    _heard = null;
                }
            }
        }
    }

    private async Task UnsubscribeAsync(ISubscriber subscriber)
    {
        try
        {
            await subscriber.UnsubscribeAsync(channel);
        }
        catch (Exception exception) when (RedisLink.IsOfRedis(exception))
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
