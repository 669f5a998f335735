using System.Diagnostics.CodeAnalysis;
using Rke.Gateway.Dns;

namespace Rke.Gateway.Lookup;

/// <summary>Keeps a bounded number of names; the one unused for longest gives way. Not thread-safe.</summary>
internal sealed class LookupCache<T>(int capacity)
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
