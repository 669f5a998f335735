using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Rke.UdpBridge.Streams;

/// <summary>The network of a source, for limits: its IPv4 /24 or IPv6 /56. One host can use all addresses of such a network.</summary>
public static class SourcePrefix
{
    private const ulong IPv6Mark = 1UL << 63;

    /// <summary>A number that sources of one network share.</summary>
    public static ulong Of(IPAddress source)
    {
        var address = source.IsIPv4MappedToIPv6 ? source.MapToIPv4() : source;
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes) >> 8
            : (BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 8) | IPv6Mark;
    }
}

/// <summary>
/// A token bucket for each network of sources, in a table of fixed size. Networks with the same hash share a bucket. The hash has a
/// secret seed, so a sender cannot choose a network that shares a given bucket. Safe for use by several threads.
/// </summary>
/// <param name="burst">The tokens that a bucket has at the start.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="buckets">A power of two.</param>
public sealed class SourceBuckets(int burst, TimeProvider timeProvider, int buckets = 1 << 16)
{
    private readonly Lock _gate = new();
    private readonly (float Tokens, TimeSpan At)[] _buckets = Create(burst, buckets);
    private readonly long _origin = timeProvider.GetTimestamp();

    /// <summary>Takes one token. Returns false if there is none.</summary>
    /// <param name="prefix">From <see cref="SourcePrefix"/>.</param>
    /// <param name="rate">Tokens per second.</param>
    /// <param name="maximum">The maximum number of tokens in a bucket.</param>
    public bool TryTake(ulong prefix, double rate, int maximum)
    {
        // The seed of HashCode is random in each process.
        var index = HashCode.Combine(prefix) & (_buckets.Length - 1);
        lock (_gate)
        {
            var now = timeProvider.GetElapsedTime(_origin);
            ref var bucket = ref _buckets[index];
            var filled = bucket.Tokens + ((now - bucket.At).TotalSeconds * rate);
            var tokens = (float)Math.Min(filled, maximum);
            var isEnough = tokens >= 1;
            bucket = (isEnough ? tokens - 1 : tokens, now);
            return isEnough;
        }
    }

    private static (float, TimeSpan)[] Create(int burst, int count)
    {
        var buckets = new (float, TimeSpan)[count];
        Array.Fill(buckets, (burst, TimeSpan.Zero));
        return buckets;
    }
}
