using System.ComponentModel.DataAnnotations;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Sessions;

/// <summary>Section <c>Rke:Sessions</c>: sessions that arrive for this gateway.</summary>
internal sealed record SessionsOptions
{
    /// <summary>How long the key of an arrived session can be claimed</summary>
    [TimeRange("00:01:00", "7.00:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a caller with an idempotency key can repeat ClaimSession or InitiateSession and get the same key. At most <c>Lifetime</c>
    /// </summary>
    [TimeRange("00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Maximum number of waiting sessions of all replicas together. Further sessions are rejected. Without Redis, also the maximum number of
    /// initiated sessions that the gateway keeps.
    /// </summary>
    [Range(1, 10_000_000)]
    public int Capacity { get; set; } = 100_000;

    /// <summary>
    /// Path of the file with the keys that encrypt waiting session keys. The gateway reloads it when it changes
    /// (<see href="SESSIONS.md">SESSIONS.md</see>). None = session keys stay in the memory of the replica that received them
    /// </summary>
    [ExistingFile]
    public string? SealingKey { get; set; }

    /// <summary>Maximum number of WatchSessions streams of a replica</summary>
    [Range(1, 100_000)]
    public int MaxWatchers { get; set; } = 1000;

    public IEnumerable<string> Problems()
    {
        if (Lease > Lifetime)
        {
            yield return $"Lease is '{Lease}': write at most the value of Lifetime, {Lifetime}.";
        }
    }
}
