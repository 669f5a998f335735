using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Signals;

/// <summary>
/// Limits the new Signals of each source: a token bucket for each IPv4 /24 and IPv6 /56, in a table of fixed size. Sources with
/// the same hash share a bucket. The hash has a secret seed, so a sender cannot choose a source that shares a given bucket.
/// </summary>
internal sealed class SourceRateLimit(IOptionsMonitor<SignalOptions> options, TimeProvider timeProvider)
{
    /// <summary>The name of this limiter in the metrics.</summary>
    public const string Name = "signal_source";

    private const int Buckets = 1 << 16;

    private readonly Lock _gate = new();
    private readonly (float Tokens, TimeSpan At)[] _buckets = NewBuckets(options.CurrentValue.SourceBurst);
    private readonly long _origin = timeProvider.GetTimestamp();

    /// <summary>Takes one token. Returns false if there is none.</summary>
    public bool TryTake(IPAddress source)
    {
        var settings = options.CurrentValue;

        // The seed of HashCode is random in each process.
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
