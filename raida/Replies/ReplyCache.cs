using System.Buffers.Binary;
using System.Security.Cryptography;
using Rke.Raida.Serving;
using Rke.Raida.Storage;

namespace Rke.Raida.Replies;

/// <summary>
/// The last answers to Post Key and Get Key, found by the datagram they answered and its source (docs/WIRE.md §7): a
/// repeated datagram is answered again and not executed again, so a Get Key whose reply was lost does not lose the key.
/// A ring: when it is full the oldest answer goes. Used under the server's lock.
/// </summary>
/// <param name="capacity">How many answers are kept.</param>
/// <param name="life">How long, in ticks of the clock that makes the timestamps.</param>
internal sealed class ReplyCache(int capacity, long life)
{
    private readonly SegmentedList<Entry> _entries = new();
    private readonly LinearHashIndex _index = new();
    private int _next;

    /// <summary>What names a request: half a SHA-256 of its source and bytes.</summary>
    public static UInt128 Name(in RemoteAddress source, ReadOnlySpan<byte> datagram)
    {
        Span<byte> text = stackalloc byte[18 + datagram.Length];
        BinaryPrimitives.WriteUInt128BigEndian(text, source.Address);
        BinaryPrimitives.WriteUInt16BigEndian(text[16..], source.Port);
        datagram.CopyTo(text[18..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>Copies the answer that was given to <paramref name="request"/>; 0 when there is none.</summary>
    public int Find(long now, UInt128 request, Span<byte> destination)
    {
        for (var place = _index.First((uint)request); place >= 0; place = _index.Next(place))
        {
            ref var entry = ref _entries[place];
            if (entry.Request == request && now - entry.Time < life)
            {
                ReadOnlySpan<byte> bytes = entry.Bytes;
                bytes[..entry.Length].CopyTo(destination);
                return entry.Length;
            }
        }

        return 0;
    }

    /// <summary>Keeps an answer.</summary>
    public void Keep(long now, UInt128 request, ReadOnlySpan<byte> answer)
    {
        if (capacity == 0)
        {
            return;
        }

        int place;
        if (_entries.Count < capacity)
        {
            place = _entries.Add();
        }
        else
        {
            place = _next;
            _next = (_next + 1) % capacity;
            _index.Remove(place);
        }

        ref var entry = ref _entries[place];
        entry.Request = request;
        entry.Time = now;
        entry.Length = answer.Length;
        answer.CopyTo(entry.Bytes);
        _index.Insert((uint)request, place);
    }

    private struct Entry
    {
        public UInt128 Request;
        public long Time;
        public int Length;
        public CachedReplyBytes Bytes;
    }
}
