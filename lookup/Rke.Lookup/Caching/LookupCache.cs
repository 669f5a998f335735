using System.Diagnostics.CodeAnalysis;
using Rke.Dns;
using Rke.UdpBridge;

namespace Rke.Lookup.Caching;

/// <summary>A cache with a maximum number of names. It removes the least recently used name. Not thread-safe.</summary>
public sealed class LookupCache<T>(int capacity)
    where T : class
{
    private readonly Dictionary<DnsName, LinkedListNode<(DnsName Name, CacheEntry<T> Entry)>> _nodes = [];
    private readonly LinkedList<(DnsName Name, CacheEntry<T> Entry)> _byUse = new();

    public int Count => _nodes.Count;

    public bool TryFind(DnsName name, [NotNullWhen(true)] out CacheEntry<T>? entry)
    {
        entry = null;
        if (!_nodes.TryGetValue(name, out var node))
        {
            return false;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        entry = node.Value.Entry;
        return true;
    }

    public void Put(DnsName name, CacheEntry<T> entry)
    {
        if (_nodes.TryGetValue(name, out var node))
        {
            _byUse.Remove(node);
        }
        else if (_nodes.Count == capacity && _byUse.Last is { } last)
        {
            _byUse.RemoveLast();
            _nodes.Remove(last.Value.Name);
        }

        _nodes[name] = _byUse.AddFirst((name, entry));
    }
}

/// <summary>The entry of a name: the last value with its times, and the last failure.</summary>
public sealed record CacheEntry<T>
    where T : class
{
    public T? Value { get; init; }

    /// <summary>The end of the TTL of the value.</summary>
    public MonotonicTime ExpiresAt { get; init; }

    /// <summary>Until this time, the value is used if the sources fail.</summary>
    public MonotonicTime StaleUntil { get; init; }

    /// <summary>After a failure, no new lookup starts before this time.</summary>
    public MonotonicTime RetryAt { get; init; }

    public LookupFailure Failure { get; init; }

    public string Detail { get; init; } = "";
}
