using Rke.Dns;
using Rke.UdpBridge;

namespace Rke.Lookup.Caching;

/// <summary>
/// Caches answers for their TTL, and runs one lookup for all concurrent callers of the same name. If a caller cancels, the lookup
/// continues for the other callers; it is cancelled when the last caller cancels. If the sources fail, an expired answer is still
/// used for some time (RFC 8767) and is marked as stale. Replicas share their answers.
/// </summary>
public sealed class SharedLookup<T>(
    Func<DnsName, CancellationToken, Task<Fetched<T>>> fetch,
    StoredAnswers<T> stored,
    DnsOptions options,
    TimeProvider timeProvider)
    where T : class
{
    private readonly Lock _gate = new();
    private readonly LookupCache<T> _cache = new(options.CacheSize);
    private readonly Dictionary<DnsName, RunningLookup> _running = [];

    public async Task<SharedAnswer<T>> GetAsync(DnsName name, CancellationToken cancellationToken)
    {
        RunningLookup? lookup;
        SharedAnswer<T>? stale;
        lock (_gate)
        {
            if (FindCached(name, out stale) is { } answer)
            {
                return answer;
            }

            lookup = Join(name);
        }

        if (lookup is null)
        {
            return stale ?? new SharedAnswer<T>(
                null, default, IsStale: false, LookupFailure.Overloaded, "too many names are being looked up");
        }

        try
        {
            var timeout = stale is null ? Timeout.InfiniteTimeSpan : options.StaleAfter;
            var fresh = await lookup.Result.Task.WaitAsync(timeout, timeProvider, cancellationToken);
            return MayServeStale(fresh) && stale is not null ? stale.Value : fresh;
        }
        catch (TimeoutException) when (stale is not null)
        {
            // The lookup continues for later callers.
            lock (_gate)
            {
                lookup.Callers++;
            }

            return stale.Value;
        }
        finally
        {
            Leave(name, lookup);
        }
    }

    private SharedAnswer<T>? FindCached(DnsName name, out SharedAnswer<T>? stale)
    {
        stale = null;
        if (!_cache.TryFind(name, out var entry))
        {
            return null;
        }

        var now = MonotonicTime.Now(timeProvider);
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

    // A stale answer must not hide that the key servers disagree now.
    private static bool MayServeStale(in SharedAnswer<T> fresh) =>
        fresh.Value is null && fresh.Failure != LookupFailure.Disagreement;

    private RunningLookup? Join(DnsName name)
    {
        if (!_running.TryGetValue(name, out var lookup))
        {
            if (_running.Count >= options.MaximumLookups)
            {
                return null;
            }

            lookup = new RunningLookup();
            _running.Add(name, lookup);
            _ = Task.Run(() => RunAsync(name, lookup), CancellationToken.None);
        }

        lookup.Callers++;
        return lookup;
    }

    private void Leave(DnsName name, RunningLookup lookup)
    {
        lock (_gate)
        {
            if (--lookup.Callers > 0 || lookup.Result.Task.IsCompleted)
            {
                return;
            }

            Remove(name, lookup);
        }

        lookup.Cancellation.Cancel();
    }

    private async Task RunAsync(DnsName name, RunningLookup lookup)
    {
        try
        {
            var shared = await stored.FindAsync(name, lookup.Cancellation.Token);
            var fetched = shared?.Ttl > TimeSpan.Zero ? null : await fetch(name, lookup.Cancellation.Token);
            SharedAnswer<T> answer;
            lock (_gate)
            {
                Remove(name, lookup);
                if (shared is { } found)
                {
                    Store(name, found.Value, found.Ttl);
                }

                answer = fetched is null
                    ? new SharedAnswer<T>(
                        shared!.Value.Value, Min(shared.Value.Ttl, options.MaximumTtl), IsStale: false, default, "")
                    : Store(name, fetched);
            }

            // The answer is shared before it is returned, so a later caller at another replica gets the same answer.
            if (fetched?.Value is { } value)
            {
                await stored.PutAsync(name, value, answer.Ttl, options.StaleFor);
            }

            lookup.Result.SetResult(answer);
        }
        catch (Exception exception)
        {
            // The last caller cancelled, or the lookup failed. The callers receive the exception.
            lock (_gate)
            {
                Remove(name, lookup);
            }

            lookup.Result.SetException(exception);
        }
    }

    // A newer answer of this replica stays in the cache.
    private void Store(DnsName name, T value, TimeSpan ttl)
    {
        var known = _cache.TryFind(name, out var entry) ? entry : new CacheEntry<T>();
        var expiresAt = MonotonicTime.Now(timeProvider) + Min(ttl, options.MaximumTtl);
        if (expiresAt > known.ExpiresAt)
        {
            _cache.Put(name, known with
            {
                Value = value,
                ExpiresAt = expiresAt,
                StaleUntil = expiresAt + options.StaleFor,
            });
        }
    }

    private SharedAnswer<T> Store(DnsName name, Fetched<T> fetched)
    {
        var now = MonotonicTime.Now(timeProvider);
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
        var max = fetched.IsNegative ? options.MaximumNegativeTtl : options.MaximumTtl;
        var ttl = fetched.Ttl ?? max;
        ttl = ttl < options.MinimumTtl ? options.MinimumTtl : ttl;
        return Min(ttl, max);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void Remove(DnsName name, RunningLookup lookup)
    {
        if (_running.TryGetValue(name, out var current) && current == lookup)
        {
            _running.Remove(name);
        }
    }

    private sealed class RunningLookup
    {
        public int Callers { get; set; }

        public CancellationTokenSource Cancellation { get; } = new();

        public TaskCompletionSource<SharedAnswer<T>> Result { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>A cached or new value, or the reason why there is none.</summary>
public readonly record struct SharedAnswer<T>(
    T? Value, TimeSpan Ttl, bool IsStale, LookupFailure Failure, string Detail)
    where T : class;

/// <summary>The answer of the sources: a value with its TTL, or the reason why there is none.</summary>
/// <param name="Value">Null if the sources failed.</param>
/// <param name="Ttl">Null if the source has no TTL.</param>
/// <param name="IsNegative">There are no records. The cache keeps the value for a shorter time.</param>
/// <param name="Failure">The reason why there is no value.</param>
/// <param name="Detail">The reason as a text.</param>
public sealed record Fetched<T>(
    T? Value, TimeSpan? Ttl, bool IsNegative, LookupFailure Failure = LookupFailure.None, string Detail = "")
    where T : class
{
    public static Fetched<T> Failed(LookupFailure failure, string detail) =>
        new(null, Ttl: null, IsNegative: false, failure, detail);
}
