using System.Diagnostics.CodeAnalysis;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>Keeps a bounded number of names; the one unused for longest gives way. Not thread-safe.</summary>
internal sealed class LookupCache<T>(int capacity)
    where T : class
{
    private readonly Dictionary<DnsName, LinkedListNode<(DnsName Name, CacheEntry<T> Entry)>> nodes = [];
    private readonly LinkedList<(DnsName Name, CacheEntry<T> Entry)> byUse = new();

    public int Count => nodes.Count;

    public bool TryFind(DnsName name, [NotNullWhen(true)] out CacheEntry<T>? entry)
    {
        entry = null;
        if (!nodes.TryGetValue(name, out var node))
        {
            return false;
        }

        byUse.Remove(node);
        byUse.AddFirst(node);
        entry = node.Value.Entry;
        return true;
    }

    public void Put(DnsName name, CacheEntry<T> entry)
    {
        if (nodes.TryGetValue(name, out var node))
        {
            byUse.Remove(node);
        }
        else if (nodes.Count == capacity && byUse.Last is { } last)
        {
            byUse.RemoveLast();
            nodes.Remove(last.Value.Name);
        }

        nodes[name] = byUse.AddFirst((name, entry));
    }
}
