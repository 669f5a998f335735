using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Remembers answers for their TTL and lets all who ask for the same name at the same time share one lookup. A caller
/// who gives up leaves the others alone; when the last one has left, the lookup is given up too. While the sources
/// fail, an answer whose time is over serves a little longer (RFC 8767), and is marked as stale.
/// </summary>
internal sealed class SharedLookup<T>(
    Func<DnsName, CancellationToken, Task<Fetched<T>>> fetch, DnsOptions options, TimeProvider timeProvider)
    where T : class
{
    private readonly Lock _gate = new();
    private readonly LookupCache<T> _cache = new(options.CacheSize);
    private readonly Dictionary<DnsName, Flight> _flights = [];

    public async Task<SharedAnswer<T>> GetAsync(DnsName name, CancellationToken cancellationToken)
    {
        Flight? flight;
        SharedAnswer<T>? stale;
        lock (_gate)
        {
            if (Remembered(name, out stale) is { } answer)
            {
                return answer;
            }

            flight = Join(name);
        }

        if (flight is null)
        {
            return stale ?? new SharedAnswer<T>(
                null, default, IsStale: false, LookupFailure.Overloaded, "too many names are being looked up");
        }

        try
        {
            var patience = stale is null ? Timeout.InfiniteTimeSpan : options.StaleAfter;
            var fresh = await flight.Result.Task.WaitAsync(patience, timeProvider, cancellationToken);
            return fresh.Value is null && stale is not null ? stale.Value : fresh;
        }
        catch (TimeoutException) when (stale is not null)
        {
            // The lookup goes on, for the next one who asks.
            lock (_gate)
            {
                flight.Callers++;
            }

            return stale.Value;
        }
        finally
        {
            Leave(name, flight);
        }
    }

    private SharedAnswer<T>? Remembered(DnsName name, out SharedAnswer<T>? stale)
    {
        stale = null;
        if (!_cache.TryFind(name, out var entry))
        {
            return null;
        }

        var now = timeProvider.GetUtcNow();
        if (entry.Value is not null && now < entry.ExpiresAt)
        {
            return new SharedAnswer<T>(entry.Value, entry.ExpiresAt - now, IsStale: false, default, "");
        }

        if (entry.Value is not null && now < entry.StaleUntil)
        {
            stale = new SharedAnswer<T>(entry.Value, TimeSpan.Zero, IsStale: true, default, "");
        }

        return now >= entry.RetryAt
            ? null
            : stale ?? new SharedAnswer<T>(null, default, IsStale: false, entry.Failure, entry.Detail);
    }

    private Flight? Join(DnsName name)
    {
        if (!_flights.TryGetValue(name, out var flight))
        {
            if (_flights.Count >= options.MaximumLookups)
            {
                return null;
            }

            flight = new Flight();
            _flights.Add(name, flight);
            _ = Task.Run(() => RunAsync(name, flight), CancellationToken.None);
        }

        flight.Callers++;
        return flight;
    }

    private void Leave(DnsName name, Flight flight)
    {
        lock (_gate)
        {
            if (--flight.Callers > 0 || flight.Result.Task.IsCompleted)
            {
                return;
            }

            Remove(name, flight);
        }

        flight.Cancellation.Cancel();
    }

    private async Task RunAsync(DnsName name, Flight flight)
    {
        try
        {
            var fetched = await fetch(name, flight.Cancellation.Token);
            SharedAnswer<T> answer;
            lock (_gate)
            {
                Remove(name, flight);
                answer = Remember(name, fetched);
            }

            flight.Result.SetResult(answer);
        }
        catch (Exception exception)
        {
            // Cancelled because nobody waits any more; or a fault, which belongs to those who do.
            lock (_gate)
            {
                Remove(name, flight);
            }

            flight.Result.SetException(exception);
        }
    }

    private SharedAnswer<T> Remember(DnsName name, Fetched<T> fetched)
    {
        var now = timeProvider.GetUtcNow();
        if (fetched.Value is null)
        {
            var known = _cache.TryFind(name, out var entry) ? entry : new CacheEntry<T>();
            _cache.Put(name, known with
            {
                RetryAt = now + options.FailurePause,
                Failure = fetched.Failure,
                Detail = fetched.Detail,
            });
            return new SharedAnswer<T>(null, default, IsStale: false, fetched.Failure, fetched.Detail);
        }

        var ttl = Bounded(fetched);
        _cache.Put(name, new CacheEntry<T>
        {
            Value = fetched.Value,
            ExpiresAt = now + ttl,
            StaleUntil = now + ttl + options.StaleFor,
        });
        return new SharedAnswer<T>(fetched.Value, ttl, IsStale: false, default, "");
    }

    private TimeSpan Bounded(Fetched<T> fetched)
    {
        var most = fetched.IsNegative ? options.MaximumNegativeTtl : options.MaximumTtl;
        var ttl = fetched.Ttl ?? most;
        ttl = ttl < options.MinimumTtl ? options.MinimumTtl : ttl;
        return ttl > most ? most : ttl;
    }

    private void Remove(DnsName name, Flight flight)
    {
        if (_flights.TryGetValue(name, out var current) && current == flight)
        {
            _flights.Remove(name);
        }
    }

    private sealed class Flight
    {
        public int Callers { get; set; }

        public CancellationTokenSource Cancellation { get; } = new();

        public TaskCompletionSource<SharedAnswer<T>> Result { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
