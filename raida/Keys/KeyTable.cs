using Rke.Raida.Coins;
using Rke.Raida.Storage;
using Rke.Wire;

namespace Rke.Raida.Keys;

/// <summary>
/// The key parts that wait on one server (docs/WIRE.md §9). In the rke profile the coin is the primary key and
/// reading takes a part out; in raidax it is the id, a part stays after it was read, and overwriting does not truncate
/// (§6). Every part lives equally long, so the order of posting is the order of expiry, and expiring never scans.
/// Used under the server's lock.
/// </summary>
/// <param name="profile">Whose rules apply.</param>
/// <param name="life">How long a part waits, in ticks of the clock that makes the timestamps.</param>
/// <param name="capacity">Shared by the process.</param>
/// <param name="history">Told of everything that happens to a part, before it happens to its bytes.</param>
internal sealed class KeyTable(
    WireProfile profile, long life, KeyCapacity capacity, Action<KeyEventKind, CoinId, KeyIdHash>? history)
{
    private const int None = -1;

    private readonly SegmentedList<KeyRecord> _records = new();
    private readonly LinearHashIndex? _byCoin = profile == WireProfile.Rke ? new() : null;
    private readonly LinearHashIndex _byHash = new();
    private int _oldest = None;
    private int _newest = None;
    private int _free = None;

    /// <summary>How many parts wait.</summary>
    public int Count => _byHash.Count;

    /// <summary>A record that <see cref="Find"/> found.</summary>
    public ref KeyRecord this[int record] => ref _records[record];

    /// <summary>Stores a part, over the one that its primary key had; false when there is no room.</summary>
    public bool TryPost(long now, CoinId coin, in PostKeyPayload post, UInt128 sender)
    {
        var old = _byCoin is null ? FindHash(post.Hash) : FindCoin(coin);
        if (old == None && !capacity.TryTake())
        {
            return false;
        }

        var keep = default(KeyPartBytes);
        Span<byte> part = keep;
        var length = post.KeyPart.Length;
        if (old != None)
        {
            ref var before = ref _records[old];
            history?.Invoke(
                before.WasRead ? KeyEventKind.OverwriteRead : KeyEventKind.OverwriteUnread, before.Coin, before.Hash);
            if (profile == WireProfile.Raidax)
            {
                before.Part.CopyTo(part);
                length = Math.Max(length, before.PartLength);
            }

            TakeOut(old);
        }

        var record = Allocate();
        ref var entry = ref _records[record];
        entry.Coin = coin;
        entry.Hash = post.Hash;
        entry.KeyId = post.KeyId ?? default;
        entry.Sender = sender;
        entry.ExpiresAt = now + life;
        entry.PartLength = (byte)length;
        post.KeyPart.CopyTo(part);
        part[..length].CopyTo(entry.Part);
        part.Clear();
        _byHash.Insert(HashOf(post.Hash), record);
        _byCoin?.Insert(CoinTable.HashOf(coin), record);
        LinkNewest(record);
        history?.Invoke(KeyEventKind.Post, coin, post.Hash);
        return true;
    }

    /// <summary>Finds the part with this HS, the newest if there are several, or gives -1.</summary>
    public int Find(long now, KeyIdHash hash)
    {
        var record = FindHash(hash);
        return record == None || _records[record].ExpiresAt <= now ? None : record;
    }

    /// <summary>Says that a found part was handed out: from now on it is gone (rke) or read (raidax).</summary>
    public void HandOut(int record)
    {
        ref var entry = ref _records[record];
        history?.Invoke(KeyEventKind.Get, entry.Coin, entry.Hash);
        if (profile == WireProfile.Raidax)
        {
            entry.WasRead = true;
            return;
        }

        TakeOut(record);
        capacity.Return();
    }

    /// <summary>Forgets at most <paramref name="limit"/> parts whose life has ended; true if more are left.</summary>
    public bool Expire(long now, int limit)
    {
        for (; _oldest != None && _records[_oldest].ExpiresAt <= now; limit--)
        {
            if (limit == 0)
            {
                return true;
            }

            ref var entry = ref _records[_oldest];
            history?.Invoke(
                entry.WasRead ? KeyEventKind.ExpireRead : KeyEventKind.ExpireUnread, entry.Coin, entry.Hash);
            TakeOut(_oldest);
            capacity.Return();
        }

        return false;
    }

    /// <summary>Zeroes every part, when the server stops.</summary>
    public void Clear()
    {
        while (_oldest != None)
        {
            TakeOut(_oldest);
            capacity.Return();
        }
    }

    private static uint HashOf(KeyIdHash hash) => (uint)hash.GetHashCode();

    private int FindHash(KeyIdHash hash)
    {
        var record = _byHash.First(HashOf(hash));
        while (record != None && _records[record].Hash != hash)
        {
            record = _byHash.Next(record);
        }

        return record;
    }

    private int FindCoin(CoinId coin)
    {
        var record = _byCoin!.First(CoinTable.HashOf(coin));
        while (record != None && _records[record].Coin != coin)
        {
            record = _byCoin.Next(record);
        }

        return record;
    }

    private int Allocate()
    {
        if (_free == None)
        {
            return _records.Add();
        }

        var record = _free;
        _free = _records[record].Newer;
        _records[record] = default;
        return record;
    }

    private void LinkNewest(int record)
    {
        _records[record].Older = _newest;
        _records[record].Newer = None;
        if (_newest == None)
        {
            _oldest = record;
        }
        else
        {
            _records[_newest].Newer = record;
        }

        _newest = record;
    }

    private void TakeOut(int record)
    {
        ref var entry = ref _records[record];
        entry.Clear();
        _byHash.Remove(record);
        _byCoin?.Remove(record);
        if (entry.Older == None)
        {
            _oldest = entry.Newer;
        }
        else
        {
            _records[entry.Older].Newer = entry.Newer;
        }

        if (entry.Newer == None)
        {
            _newest = entry.Older;
        }
        else
        {
            _records[entry.Newer].Older = entry.Older;
        }

        entry.Newer = _free;
        _free = record;
    }
}
