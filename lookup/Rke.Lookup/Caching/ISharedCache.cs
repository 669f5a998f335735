namespace Rke.Lookup.Caching;

/// <summary>
/// A cache that replicas share. Entries can be lost at any time. The cache contains no secrets.
/// </summary>
public interface ISharedCache
{
    /// <summary>Returns null if there is no entry, or if the cache is unavailable. The wait is short.</summary>
    ValueTask<SharedCacheEntry?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Stores an entry, if the cache is available.</summary>
    ValueTask PutAsync(string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken);
}

/// <summary>An entry of the shared cache.</summary>
/// <param name="Value">The value.</param>
/// <param name="Remaining">
/// The time until the cache removes the entry. It is a time span, because the clocks of replicas differ.
/// </param>
public readonly record struct SharedCacheEntry(ReadOnlyMemory<byte> Value, TimeSpan Remaining);

/// <summary>The shared cache of a single gateway: it is always empty.</summary>
public sealed class NoSharedCache : ISharedCache
{
    public ValueTask<SharedCacheEntry?> FindAsync(string key, CancellationToken cancellationToken) =>
        ValueTask.FromResult<SharedCacheEntry?>(null);

    public ValueTask PutAsync(
        string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;
}
