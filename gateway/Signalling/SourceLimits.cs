using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Signalling;

/// <summary>
/// How many new Signals a source may bring: a token bucket for every IPv4 /24 and IPv6 /56, in a table of fixed size.
/// Sources that meet in one place of it share a bucket; where they meet, nobody outside can know.
/// </summary>
internal sealed class SourceLimits(LiveSettings live, TimeProvider timeProvider)
{
    /// <summary>How metrics call it.</summary>
    public const string Name = "signal_source";

    private const int Buckets = 1 << 16;

    private readonly Lock _gate = new();
    private readonly (float Tokens, TimeSpan At)[] _buckets = NewBuckets(live.Signal.SourceBurst);
    private readonly long _origin = timeProvider.GetTimestamp();

    /// <summary>Takes one token; false when there is none.</summary>
    public bool TryTake(IPAddress source)
    {
        var settings = live.Signal;

        // Seeded at random in every process.
        var index = HashCode.Combine(PrefixOf(source)) & (Buckets - 1);
        lock (_gate)
        {
            var now = timeProvider.GetElapsedTime(_origin);
            ref var bucket = ref _buckets[index];
            var filled = bucket.Tokens + ((now - bucket.At).TotalSeconds * settings.SourceRate);
            var tokens = (float)Math.Min(filled, settings.SourceBurst);
            var isEnough = tokens >= 1;
            bucket = (isEnough ? tokens - 1 : tokens, now);
            return isEnough;
        }
    }

    private static ulong PrefixOf(IPAddress source)
    {
        var address = source.IsIPv4MappedToIPv6 ? source.MapToIPv4() : source;
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes) >> 8
            : (BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 8) | (1UL << 63);
    }

    private static (float, TimeSpan)[] NewBuckets(int burst)
    {
        var buckets = new (float, TimeSpan)[Buckets];
        Array.Fill(buckets, (burst, TimeSpan.Zero));
        return buckets;
    }
}
