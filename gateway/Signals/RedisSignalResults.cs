using System.Buffers.Binary;
using Microsoft.Extensions.Options;
using Rke.Gateway.Configuration;
using Rke.Gateway.Redis;
using Rke.UdpBridge;
using StackExchange.Redis;

namespace Rke.Gateway.Signals;

/// <summary>
/// Shares Signals between replicas: one replica collects the parts, and the others get its result. A key server returns a part once, so a
/// second replica that collected the parts would find none. Redis keeps only results with used parts, at most
/// <see cref="SignalOptions.Results"/>, because any host can send any number of Signals without parts.
/// <code>
/// rke:{g}:r              results by fingerprint
/// rke:{g}:t              fingerprints by time of expiry
/// rke:{g}:c:fingerprint  the claim of a Signal in progress
/// </code>
/// </summary>
internal sealed class RedisSignalResults(
    RedisCircuit circuit,
    RedisRetryQueue retries,
    IEntropySource entropy,
    TimeProvider timeProvider,
    IOptionsMonitor<SignalOptions> options)
{
    private static readonly RedisScript AbandonScript = new("signal-abandon");
    private static readonly RedisScript ClaimScript = new("signal-claim");
    private static readonly RedisScript StoreScript = new("signal-store");

    private const string Prefix = "rke:{g}:";
    private const int Claimed = 0;
    private const int Done = 1;
    private const int ClaimedByOther = 2;

    // The time that processing may take in addition to the collection of parts.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Processes a Signal, unless another replica has its result. Null if Redis is unavailable or at its memory limit.
    /// </summary>
    public async Task<SignalResult?> RunAsync(
        UInt128 fingerprint, Func<Task<SignalResult?>> work, CancellationToken cancellationToken)
    {
        RedisValue ticket = (long)RedisTicket.Make(entropy);
        var (isClaimed, known) = await ClaimAsync(fingerprint, ticket, cancellationToken);
        return isClaimed ? await ProcessAsync(fingerprint, ticket, work) : known;
    }

    // Waits while another replica has the claim.
    private async Task<(bool IsClaimed, SignalResult? Known)> ClaimAsync(
        UInt128 fingerprint, RedisValue ticket, CancellationToken cancellationToken)
    {
        var hold = options.CurrentValue.CollectTimeout + Grace;
        RedisValue[] values = [FieldOf(fingerprint), ticket, (long)hold.TotalMilliseconds];
        for (var pause = FirstPause; ; pause = pause * 2 < MaxPause ? pause * 2 : MaxPause)
        {
            if (await circuit.RunAsync(ClaimScript, KeysOf(fingerprint), values) is not { } result)
            {
                // Redis may have run the script.
                retries.Add(() => TryAbandonAsync(fingerprint, ticket));
                return default;
            }

            var reply = (RedisValue[])result!;
            switch ((int)reply[0])
            {
                case Claimed:
                    return (true, null);
                case Done:
                    return (false, SignalResult.Read((byte[])reply[1]!));
                case ClaimedByOther:
                    await Task.Delay(pause / 2 + (Random.Shared.NextDouble() * pause), timeProvider, cancellationToken);
                    break;
                default:
                    return default;
            }
        }
    }

    private async Task<SignalResult?> ProcessAsync(UInt128 fingerprint, RedisValue ticket, Func<Task<SignalResult?>> work)
    {
        SignalResult? result = null;
        try
        {
            return result = await work();
        }
        finally
        {
            await (result is { IsAnyUsed: true }
                ? StoreAsync(fingerprint, ticket, result)
                : retries.SendAsync(() => TryAbandonAsync(fingerprint, ticket)));
        }
    }

    private ValueTask StoreAsync(UInt128 fingerprint, RedisValue ticket, SignalResult result)
    {
        RedisValue[] values =
        [
            FieldOf(fingerprint),
            ticket,
            result.ToBytes(),
            (long)SignalResults.Lifetime.TotalMilliseconds,
            options.CurrentValue.Results,
        ];
        return retries.SendAsync(async () => await circuit.RunAsync(StoreScript, KeysOf(fingerprint), values) is not null);
    }

    private async ValueTask<bool> TryAbandonAsync(UInt128 fingerprint, RedisValue ticket) =>
        await circuit.RunAsync(AbandonScript, [KeysOf(fingerprint)[^1]], [ticket]) is not null;

    private static RedisKey[] KeysOf(UInt128 fingerprint) => [Prefix + "r", Prefix + "t", $"{Prefix}c:{fingerprint:x32}"];

    private static RedisValue FieldOf(UInt128 fingerprint)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, fingerprint);
        return bytes;
    }
}
