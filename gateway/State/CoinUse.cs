namespace Rke.Gateway.State;

/// <summary>How one coin is used on one key server. Times are since the process began; the table's lock guards it.</summary>
internal sealed class CoinUse
{
    private readonly Queue<(TimeSpan At, ulong Ticket)> _posts = new();
    private TimeSpan _occupiedUntil;
    private TimeSpan _restsUntil;

    /// <summary>The reservation that holds the coin, or the last one that did.</summary>
    public ulong Ticket { get; private set; }

    /// <summary>The part that waits under the coin, as far as known.</summary>
    public PartHash? Part { get; set; }

    /// <summary>When the coin may be used: <paramref name="now"/> or before = at once.</summary>
    public TimeSpan FreeAt(TimeSpan now, CoinLimit limit, bool occupies, out bool isOccupied)
    {
        isOccupied = occupies && _occupiedUntil > now;
        var freeAt = isOccupied ? _occupiedUntil : now;
        freeAt = _restsUntil > freeAt ? _restsUntil : freeAt;
        if (limit.IsNone)
        {
            return freeAt;
        }

        // A true sliding window: the uses of the last Window, whenever it began.
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

    public void Take(ulong ticket, TimeSpan now, in CoinRequest request)
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

    public void Release() => _occupiedUntil = TimeSpan.Zero;

    public void RestUntil(TimeSpan until) => _restsUntil = until > _restsUntil ? until : _restsUntil;

    /// <summary>A post that never left does not count.</summary>
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
