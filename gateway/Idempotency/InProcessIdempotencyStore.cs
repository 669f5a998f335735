namespace Rke.Gateway.Idempotency;

/// <summary>
/// Responses for idempotency keys in the memory of one gateway. If it is full, a new response replaces the oldest one.
/// </summary>
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
                // The claim is no longer valid. The next round takes it.
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
                claim = new(IdempotencyAnswer.Claimed, ticket);
                return true;
            }

            claim = other.Request != request ? new(IdempotencyAnswer.Mismatch)
                : other.Response is { } response ? new(IdempotencyAnswer.Done, Response: response)
                : default;
            return other.Request != request || other.Response is not null;
        }
    }

    // All responses are kept for the same time, so the oldest one expires first. Claims need no bound: each has a
    // running call.
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

/// <summary>A claimed or stored request.</summary>
internal sealed class IdempotencyEntry(RequestDigest request, ulong ticket, TimeSpan until)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RequestDigest Request { get; } = request;

    public ulong Ticket { get; } = ticket;

    /// <summary>When the claim ends; when the stored response expires.</summary>
    public TimeSpan Until { get; private set; } = until;

    /// <summary>Null while the request is claimed.</summary>
    public ReadOnlyMemory<byte>? Response { get; private set; }

    /// <summary>Completes when the response is stored or the claim is abandoned.</summary>
    public Task Ended => _ended.Task;

    public void Store(ReadOnlyMemory<byte> response, TimeSpan until)
    {
        Response = response.ToArray();
        Until = until;
        _ended.TrySetResult();
    }

    public void Abandon() => _ended.TrySetResult();
}
