using System.Collections.Concurrent;
using Rke.Lookup.Caching;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.Lookup;

/// <summary>The shared cache of several replicas in one test.</summary>
internal sealed class DictionaryCache(TimeProvider timeProvider) : ISharedCache
{
    private readonly ConcurrentDictionary<string, (ReadOnlyMemory<byte> Value, MonotonicTime Ends)> values = new(StringComparer.Ordinal);

    /// <summary>The entry of each key that was not written.</summary>
    public ReadOnlyMemory<byte>? Everything { get; set; }

    public ValueTask<SharedCacheEntry?> FindAsync(string key, CancellationToken cancellationToken)
    {
        SharedCacheEntry? entry = values.TryGetValue(key, out var found)
            ? new(found.Value, found.Ends - MonotonicTime.Now(timeProvider))
            : Everything is { } value ? new(value, TimeSpan.FromHours(1)) : null;
        return ValueTask.FromResult(entry?.Remaining > TimeSpan.Zero ? entry : null);
    }

    public ValueTask PutAsync(
        string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        values[key] = (value, MonotonicTime.Now(timeProvider) + lifetime);
        return ValueTask.CompletedTask;
    }
}
