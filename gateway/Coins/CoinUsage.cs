using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// The state of one coin on one key server. Times are relative to the start of the process. Not thread-safe:
/// <see cref="CoinTable"/> holds the lock.
/// </summary>
internal sealed class CoinUsage
{
    private readonly Queue<(TimeSpan At, ulong Ticket)> _posts = new();
    private TimeSpan _occupiedUntil;
    private TimeSpan _cooldownUntil;

    /// <summary>The last reservation of the coin.</summary>
    public ulong Ticket { get; private set; }

    /// <summary>The unread part that occupies the coin, if any.</summary>
    public KeyIdHash? Part { get; set; }

    /// <summary>When the coin can be reserved; <paramref name="now"/> if it is free.</summary>
    public TimeSpan FreeAt(TimeSpan now, CoinLimit limit, bool occupies, out bool isOccupied)
    {
        isOccupied = occupies && _occupiedUntil > now;
        var freeAt = isOccupied ? _occupiedUntil : now;
        freeAt = _cooldownUntil > freeAt ? _cooldownUntil : freeAt;
        if (limit.IsNone)
        {
            return freeAt;
        }

        // A sliding window: only posts of the last Window count.
        while (_posts.TryPeek(out var oldest) && oldest.At + limit.Window <= now)
        {
            _posts.Dequeue();
        }

        if (_posts.Count < limit.Posts)
        {
            return freeAt;
        }

        var belowLimitAt = _posts.ElementAt(_posts.Count - limit.Posts).At + limit.Window;
        return belowLimitAt > freeAt ? belowLimitAt : freeAt;
    }

    public void Reserve(ulong ticket, TimeSpan now, in ReservationRequest request)
    {
        Ticket = ticket;
        if (request.Occupies)
        {
            _occupiedUntil = now + request.Lifetime;
        }

        if (!request.Limit.IsNone)
        {
            _posts.Enqueue((now, ticket));
        }
    }

    /// <summary>Shortens the occupancy. Does nothing if it ends before.</summary>
    public void EndBy(TimeSpan end) => _occupiedUntil = end < _occupiedUntil ? end : _occupiedUntil;

    public void Release() => _occupiedUntil = TimeSpan.Zero;

    public void StartCooldown(TimeSpan until) => _cooldownUntil = until > _cooldownUntil ? until : _cooldownUntil;

    /// <summary>Ends the cooldown that ends at this time. A longer one continues.</summary>
    public void EndCooldown(TimeSpan until) => _cooldownUntil = _cooldownUntil == until ? TimeSpan.Zero : _cooldownUntil;

    /// <summary>Removes a post that was not sent from the count.</summary>
    public void Uncount(ulong ticket)
    {
        for (var remaining = _posts.Count; remaining > 0; remaining--)
        {
            var post = _posts.Dequeue();
            if (post.Ticket != ticket)
            {
                _posts.Enqueue(post);
            }
        }
    }
}
