namespace Rke.Gateway.State;

/// <summary>Answers by idempotency key, for one gateway alone. Bounded; what is full forgets the oldest answer.</summary>
internal sealed class InProcessIdempotencyStore(TimeProvider timeProvider, TimeSpan keep, int capacity) : IIdempotencyStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IdempotencyEntry> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<IdempotencyEntry> _done = new();
    private readonly long _origin = timeProvider.GetTimestamp();
    private ulong _tickets;

    private TimeSpan Now => timeProvider.GetElapsedTime(_origin);

    public async ValueTask<IdempotencyClaim> ClaimAsync(
        RequestDigest request, TimeSpan hold, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryClaim(request, hold, out var claim, out var other))
            {
                return claim;
            }

            try
            {
                var wait = other.Until - Now;
                await other.Ended.WaitAsync(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, timeProvider, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Whoever held the claim is gone; the next round takes it.
            }
        }
    }

    public ValueTask StoreAsync(RequestDigest request, ulong ticket, ReadOnlyMemory<byte> response)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(request.Name, out var entry) && entry.Ticket == ticket)
            {
                entry.Store(response, Now + keep);
                _done.AddLast(entry);
                MakeRoom();
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask AbandonAsync(RequestDigest request, ulong ticket)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(request.Name, out var entry) && entry.Ticket == ticket)
            {
                _entries.Remove(request.Name);
                entry.Abandon();
            }
        }

        return ValueTask.CompletedTask;
    }

    private bool TryClaim(RequestDigest request, TimeSpan hold, out IdempotencyClaim claim, out IdempotencyEntry other)
    {
        lock (_gate)
        {
            MakeRoom();
            if (!_entries.TryGetValue(request.Name, out other!) || other.Until <= Now)
            {
                other?.Abandon();
                var ticket = ++_tickets;
                _entries[request.Name] = new(request, ticket, Now + hold);
                claim = new(IdempotencyAnswer.Yours, ticket);
                return true;
            }

            claim = other.Request != request ? new(IdempotencyAnswer.Mismatch)
                : other.Response is { } response ? new(IdempotencyAnswer.Done, Response: response)
                : default;
            return other.Request != request || other.Response is not null;
        }
    }

    // Answers are kept equally long, so the first done is the first to go. Claims at work are as many as calls at work.
    private void MakeRoom()
    {
        while (_done.First is { } oldest && (oldest.Value.Until <= Now || _done.Count > capacity))
        {
            _done.RemoveFirst();
            if (_entries.TryGetValue(oldest.Value.Request.Name, out var entry) && ReferenceEquals(entry, oldest.Value))
            {
                _entries.Remove(oldest.Value.Request.Name);
            }
        }
    }
}
