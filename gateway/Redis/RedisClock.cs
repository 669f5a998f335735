using System.Globalization;
using Rke.UdpBridge;
using StackExchange.Redis;

namespace Rke.Gateway.Redis;

/// <summary>Compares the clock of Redis with the clock of this process.</summary>
internal sealed class RedisClock(RedisCircuit circuit, TimeProvider timeProvider)
{
    private static readonly RedisScript Script = new("clock");

    /// <summary>Null if Redis is unavailable.</summary>
    public async Task<RedisClockReading?> ReadAsync()
    {
        var (began, before) = (timeProvider.GetTimestamp(), TimeOfDay.Now(timeProvider));
        if (await circuit.RunAsync(Script, ["rke:clock"], []) is not { } reply)
        {
            return null;
        }

        var roundTrip = timeProvider.GetElapsedTime(began);
        var parts = (RedisValue[])reply!;
        var time = DateTimeOffset.UnixEpoch
            + TimeSpan.FromSeconds(long.Parse($"{parts[0]}", CultureInfo.InvariantCulture))
            + TimeSpan.FromMicroseconds(long.Parse($"{parts[1]}", CultureInfo.InvariantCulture));
        return new(roundTrip, time - (before + (roundTrip / 2)));
    }
}

/// <summary>A reading of the clock of Redis.</summary>
/// <param name="RoundTrip">The time of the request.</param>
/// <param name="Offset">The clock of Redis minus the clock of this process, to within half of the round trip.</param>
internal sealed record RedisClockReading(TimeSpan RoundTrip, TimeSpan Offset);
