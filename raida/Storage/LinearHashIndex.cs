namespace Rke.Raida.Storage;

/// <summary>
/// Finds records by hash: linear hashing (Litwin 1980), which grows by one bucket with every record, so that no
/// single insert pays for a whole rehash. Records are numbers of the caller's own; several may have one hash, and the
/// newest is found first. 12 bytes a record.
/// </summary>
internal sealed class LinearHashIndex
{
    private const int None = -1;
    private const uint InitialBuckets = 16;

    // Heads hold record + 1, so that a fresh bucket is empty.
    private readonly SegmentedList<int> _heads = new();
    private readonly SegmentedList<Node> _nodes = new();
    private uint _mask = InitialBuckets - 1;
    private uint _split;

    public LinearHashIndex() => _heads.GrowTo((int)InitialBuckets);

    public int Count { get; private set; }

    /// <summary>The first record with this hash, or -1.</summary>
    public int First(uint hash) => Skip(_heads[Bucket(hash)] - 1, hash);

    /// <summary>The next record with the same hash, or -1.</summary>
    public int Next(int record) => Skip(_nodes[record].Next, _nodes[record].Hash);

    /// <summary>Puts a record that is not in the index.</summary>
    public void Insert(uint hash, int record)
    {
        _nodes.GrowTo(record + 1);
        Push(Bucket(hash), record, hash);
        if (++Count > _heads.Count)
        {
            Split();
        }
    }

    /// <summary>Takes out a record that is in the index.</summary>
    public void Remove(int record)
    {
        ref var head = ref _heads[Bucket(_nodes[record].Hash)];
        Count--;
        if (head - 1 == record)
        {
            head = _nodes[record].Next + 1;
            return;
        }

        var previous = head - 1;
        while (_nodes[previous].Next != record)
        {
            previous = _nodes[previous].Next;
        }

        _nodes[previous].Next = _nodes[record].Next;
    }

    private int Bucket(uint hash)
    {
        var bucket = hash & _mask;
        return (int)(bucket < _split ? hash & ((_mask << 1) | 1) : bucket);
    }

    private int Skip(int record, uint hash)
    {
        while (record != None && _nodes[record].Hash != hash)
        {
            record = _nodes[record].Next;
        }

        return record;
    }

    private void Push(int bucket, int record, uint hash)
    {
        ref var head = ref _heads[bucket];
        _nodes[record] = new Node { Hash = hash, Next = head - 1 };
        head = record + 1;
    }

    // Divides the bucket whose turn it is; the order within a chain is kept: newest first.
    private void Split()
    {
        var low = (int)_split;
        var high = _heads.Add();
        var (lowTail, highTail) = (None, None);
        var record = _heads[low] - 1;
        _heads[low] = 0;
        while (record != None)
        {
            var next = _nodes[record].Next;
            _nodes[record].Next = None;
            if ((_nodes[record].Hash & (_mask + 1)) == 0)
            {
                Append(low, ref lowTail, record);
            }
            else
            {
                Append(high, ref highTail, record);
            }

            record = next;
        }

        if (++_split > _mask)
        {
            _mask = (_mask << 1) | 1;
            _split = 0;
        }
    }

    private void Append(int bucket, ref int tail, int record)
    {
        if (tail == None)
        {
            _heads[bucket] = record + 1;
        }
        else
        {
            _nodes[tail].Next = record;
        }

        tail = record;
    }

    private struct Node
    {
        public uint Hash;
        public int Next;
    }
}
