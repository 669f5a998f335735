using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>
/// Remembers answers for their TTL and lets all who ask for the same name at the same time share one lookup. A caller
/// who gives up leaves the others alone; when the last one has left, the lookup is given up too. While the sources
/// fail, an answer whose time is over serves a little longer (RFC 8767), and is marked as stale. What another replica
/// has found out is not asked for again.
/// </summary>
internal sealed class SharedLookup<T>(
    Func<DnsName, CancellationToken, Task<Fetched<T>>> fetch,
    StoredAnswers<T> stored,
    DnsOptions options,
    TimeProvider timeProvider)
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
            return MayServeStale(fresh) && stale is not null ? stale.Value : fresh;
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

        var failed = new SharedAnswer<T>(null, default, IsStale: false, entry.Failure, entry.Detail);
        return now >= entry.RetryAt ? null : MayServeStale(failed) ? stale ?? failed : failed;
    }

    // A contradiction is not hidden behind what was once agreed on.
    private static bool MayServeStale(in SharedAnswer<T> fresh) =>
        fresh.Value is null && fresh.Failure != LookupFailure.Disagreement;

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
            var told = await stored.FindAsync(name, flight.Cancellation.Token);
            var left = told is null ? default : told.ExpiresAt - timeProvider.GetUtcNow();
            var fetched = left > TimeSpan.Zero ? null : await fetch(name, flight.Cancellation.Token);
            var now = timeProvider.GetUtcNow();
            SharedAnswer<T> answer;
            lock (_gate)
            {
                Remove(name, flight);
                if (told is not null)
                {
                    Remember(name, told);
                }

                answer = fetched is null
                    ? new SharedAnswer<T>(told!.Value, Shorter(left, options.MaximumTtl), IsStale: false, default, "")
                    : Remember(name, fetched);
            }

            // Told before it is answered: who asks another replica then is answered the same.
            if (fetched?.Value is { } value)
            {
                await stored.PutAsync(name, new(now + answer.Ttl, value), answer.Ttl + options.StaleFor);
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

    // What this replica has found out itself later stays.
    private void Remember(DnsName name, StoredAnswer<T> told)
    {
        var known = _cache.TryFind(name, out var entry) ? entry : new CacheEntry<T>();
        if (told.ExpiresAt > known.ExpiresAt)
        {
            var now = timeProvider.GetUtcNow();
            var expiresAt = now + Shorter(told.ExpiresAt - now, options.MaximumTtl);
            _cache.Put(name, known with
            {
                Value = told.Value,
                ExpiresAt = expiresAt,
                StaleUntil = expiresAt + options.StaleFor,
            });
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
            var failed = new SharedAnswer<T>(null, default, IsStale: false, fetched.Failure, fetched.Detail);
            return MayServeStale(failed) && known.Value is not null && now < known.StaleUntil
                ? new SharedAnswer<T>(known.Value, TimeSpan.Zero, IsStale: true, default, "")
                : failed;
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
        return Shorter(ttl, most);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

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
