using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Rke.Raida.Serving;

/// <summary>
/// The latest responses to Post Key and Get Key, found by the bytes of the request datagram (docs/WIRE.md §7). The server
/// responds to a repeated datagram from this cache and does not execute it again. So a Get Key whose response was lost does
/// not lose the key. A client can repeat a datagram from another port, so its source does not count. The server's lock
/// protects this cache.
/// </summary>
/// <param name="capacity">The maximum number of responses. The oldest response makes room for a new one.</param>
/// <param name="lifetime">In ticks of the clock that makes the timestamps.</param>
internal sealed class ResponseCache(int capacity, long lifetime)
{
    private const int FirstLength = 4096;

    private readonly long _seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
    private readonly Dictionary<UInt128, long> _positions = [];

    // A ring: the byte with position p is at p modulo the length, which is a power of two. An entry is a header and the
    // bytes of the response.
    private byte[] _ring = new byte[FirstLength];
    private long _oldest;
    private long _next;
    private int _count;

    /// <summary>
    /// The key of a request: a hash of its bytes. The hash is not cryptographic, but an attacker cannot compute it without
    /// the random seed. A request with the hash of another one would get a response that its client ignores.
    /// </summary>
    public UInt128 KeyOf(ReadOnlySpan<byte> datagram) => XxHash128.HashToUInt128(datagram, _seed);

    /// <summary>Copies the response to <paramref name="request"/>.</summary>
    /// <returns>The length of the response; 0 if there is none.</returns>
    public int Find(long now, UInt128 request, Span<byte> response)
    {
        while (_count > 0 && now - HeaderAt(_oldest).Time >= lifetime)
        {
            RemoveOldest();
        }

        if (!_positions.TryGetValue(request, out var position))
        {
            return 0;
        }

        var length = HeaderAt(position).Length;
        Read(position + EntryHeader.Size, response[..length]);
        return length;
    }

    /// <summary>Adds the response to a request that <see cref="Find"/> did not find.</summary>
    public void Add(long now, UInt128 request, ReadOnlySpan<byte> response)
    {
        if (capacity == 0)
        {
            return;
        }

        if (_count == capacity)
        {
            RemoveOldest();
        }

        var end = _next + EntryHeader.Size + response.Length;
        while (end - _oldest > _ring.Length)
        {
            Grow();
        }

        var header = new EntryHeader { Time = now, Request = request, Length = response.Length };
        Write(_next, MemoryMarshal.AsBytes(new ReadOnlySpan<EntryHeader>(in header)));
        Write(_next + EntryHeader.Size, response);
        _positions.Add(request, _next);
        _next = end;
        _count++;
    }

    private EntryHeader HeaderAt(long position)
    {
        var header = default(EntryHeader);
        Read(position, MemoryMarshal.AsBytes(new Span<EntryHeader>(ref header)));
        return header;
    }

    private void RemoveOldest()
    {
        var header = HeaderAt(_oldest);
        _positions.Remove(header.Request);
        _oldest += EntryHeader.Size + header.Length;
        _count--;
    }

    private void Read(long position, Span<byte> destination)
    {
        var start = _ring.AsSpan((int)(position & (_ring.Length - 1)));
        var first = Math.Min(start.Length, destination.Length);
        start[..first].CopyTo(destination);
        _ring.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    private void Write(long position, ReadOnlySpan<byte> source)
    {
        var start = _ring.AsSpan((int)(position & (_ring.Length - 1)));
        var first = Math.Min(start.Length, source.Length);
        source[..first].CopyTo(start);
        source[first..].CopyTo(_ring);
    }

    private void Grow()
    {
        var old = _ring;
        _ring = new byte[old.Length * 2];
        for (var position = _oldest; position < _next;)
        {
            var start = old.AsSpan((int)(position & (old.Length - 1)));
            var part = start[..(int)Math.Min(start.Length, _next - position)];
            Write(position, part);
            position += part.Length;
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct EntryHeader
    {
        public const int Size = 28;

        public long Time;
        public UInt128 Request;
        public int Length;
    }
}
