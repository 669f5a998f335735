using System.Runtime.InteropServices;
using Rke.Wire;

namespace Rke.Raida.Keys;

/// <summary>
/// The key parts that one server stores (docs/WIRE.md §9). In the rke profile, the coin is the primary key, and reading
/// a part removes it. In raidax, the hash is the primary key, a part stays after it was read, and a shorter
/// new part leaves the end of the old one (§6). Every part has the same lifetime, so the order of posting is the order of expiry. The server's lock
/// protects this table.
/// </summary>
/// <param name="profile">Selects the rules.</param>
/// <param name="lifetime">In ticks of the clock that makes the timestamps.</param>
/// <param name="capacity">Shared by all servers of the process.</param>
/// <param name="history">Receives each event before the bytes of the part change.</param>
internal sealed class KeyTable(
    WireProfile profile, long lifetime, KeyCapacity capacity, Action<KeyEventKind, CoinId, KeyIdHash>? history)
{
    private readonly PartStore _parts = new();
    private readonly Dictionary<CoinId, int>? _byCoin = profile == WireProfile.Rke ? [] : null;

    // The newest part of each hash. Several coins can post under one hash; OlderWithSameHash leads to the other parts. The links go both
    // ways, so that the removal of a part takes the same time however many coins posted under its hash.
    private readonly Dictionary<KeyIdHash, int> _byHash = [];

    private int _oldest = PartStore.None;
    private int _newest = PartStore.None;

    public int Count { get; private set; }

    /// <inheritdoc cref="PartStore.Accesses"/>
    internal long PartAccesses => _parts.Accesses;

    /// <summary>The part with an index that <see cref="Find"/> returned.</summary>
    public ref readonly StoredPart this[int part] => ref _parts[part];

    /// <summary>Stores a part, and overwrites the part with the same primary key.</summary>
    /// <returns>False if the capacity is used up.</returns>
    public bool TryPost(long now, CoinId coin, in PostKeyPayload post, UInt128 sender)
    {
        int old;
        var isOverwritten = _byCoin is null ? _byHash.TryGetValue(post.Hash, out old) : _byCoin.TryGetValue(coin, out old);
        if (!isOverwritten && !capacity.TryTake())
        {
            return false;
        }

        var index = _parts.Take();
        ref var part = ref _parts[index];
        part.Coin = coin;
        part.Hash = post.Hash;
        part.KeyId = post.KeyId ?? default;
        part.Sender = sender;
        part.ExpiresAt = now + lifetime;
        if (isOverwritten)
        {
            ref readonly var overwritten = ref _parts[old];
            if (profile == WireProfile.Raidax)
            {
                part.Write(overwritten.Bytes);
            }

            history?.Invoke(
                overwritten.WasRead ? KeyEventKind.OverwriteRead : KeyEventKind.OverwriteUnread,
                overwritten.Coin,
                overwritten.Hash);
            Remove(old);
        }

        part.Write(post.KeyPart);
        Add(index);
        history?.Invoke(KeyEventKind.Post, coin, post.Hash);
        return true;
    }

    /// <summary>Finds the newest part with this hash.</summary>
    /// <returns>The index of the part, or <see cref="PartStore.None"/>.</returns>
    public int Find(long now, KeyIdHash hash) =>
        _byHash.TryGetValue(hash, out var part) && _parts[part].ExpiresAt > now ? part : PartStore.None;

    /// <summary>Removes a part that was read (rke), or marks it as read (raidax).</summary>
    public void Consume(int index)
    {
        ref var part = ref _parts[index];
        history?.Invoke(KeyEventKind.Get, part.Coin, part.Hash);
        part.WasRead = true;
        if (profile == WireProfile.Rke)
        {
            Remove(index);
            capacity.Return();
        }
    }

    /// <summary>Removes at most <paramref name="limit"/> expired parts.</summary>
    /// <returns>True if more expired parts are left.</returns>
    public bool Expire(long now, int limit)
    {
        for (; _oldest != PartStore.None && _parts[_oldest].ExpiresAt <= now; limit--)
        {
            if (limit == 0)
            {
                return true;
            }

            ref readonly var part = ref _parts[_oldest];
            history?.Invoke(part.WasRead ? KeyEventKind.ExpireRead : KeyEventKind.ExpireUnread, part.Coin, part.Hash);
            Remove(_oldest);
            capacity.Return();
        }

        return false;
    }

    /// <summary>Zeroes and removes every part.</summary>
    public void Clear()
    {
        while (_oldest != PartStore.None)
        {
            Remove(_oldest);
            capacity.Return();
        }
    }

    private void Add(int index)
    {
        ref var part = ref _parts[index];
        part.Older = _newest;
        part.Newer = PartStore.None;
        if (_newest == PartStore.None)
        {
            _oldest = index;
        }
        else
        {
            _parts[_newest].Newer = index;
        }

        _newest = index;
        ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(_byHash, part.Hash, out var isKnown);
        part.NewerWithSameHash = PartStore.None;
        part.OlderWithSameHash = PartStore.None;
        if (isKnown)
        {
            part.OlderWithSameHash = newest;
            _parts[newest].NewerWithSameHash = index;
        }

        newest = index;
        _byCoin?.Add(part.Coin, index);
        Count++;
    }

    private void Remove(int index)
    {
        ref var part = ref _parts[index];
        RemoveFromAges(part);
        _byCoin?.Remove(part.Coin);
        RemoveFromHash(part);
        _parts.Return(index);
        Count--;
    }

    private void RemoveFromHash(in StoredPart part)
    {
        if (part.OlderWithSameHash != PartStore.None)
        {
            _parts[part.OlderWithSameHash].NewerWithSameHash = part.NewerWithSameHash;
        }

        if (part.NewerWithSameHash != PartStore.None)
        {
            _parts[part.NewerWithSameHash].OlderWithSameHash = part.OlderWithSameHash;
        }
        else if (part.OlderWithSameHash != PartStore.None)
        {
            _byHash[part.Hash] = part.OlderWithSameHash;
        }
        else
        {
            _byHash.Remove(part.Hash);
        }
    }

    private void RemoveFromAges(in StoredPart part)
    {
        if (part.Older == PartStore.None)
        {
            _oldest = part.Newer;
        }
        else
        {
            _parts[part.Older].Newer = part.Newer;
        }

        if (part.Newer == PartStore.None)
        {
            _newest = part.Older;
        }
        else
        {
            _parts[part.Newer].Older = part.Older;
        }
    }
}

/// <summary>The limit of stored key parts, shared by all servers of one process.</summary>
public sealed class KeyCapacity(int limit)
{
    private int _used;

    /// <summary>The number of stored key parts.</summary>
    public int Used => Volatile.Read(ref _used);

    internal bool TryTake()
    {
        if (Interlocked.Increment(ref _used) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _used);
        return false;
    }

    internal void Return() => Interlocked.Decrement(ref _used);
}
