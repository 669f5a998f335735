using System.ComponentModel.DataAnnotations;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Idempotency;

/// <summary>Section <c>Rke:Idempotency</c>.</summary>
internal sealed record IdempotencyOptions
{
    /// <summary>How long the gateway keeps a response for its idempotency key</summary>
    [TimeRange("00:00:01", "31.00:00:00")]
    public TimeSpan Keep { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Maximum number of responses that the process keeps. When it is reached, the gateway removes the oldest one.
    /// </summary>
    [Range(1, 10_000_000)]
    public int Capacity { get; set; } = 100_000;
}
