namespace Rke.Gateway.State;

/// <summary>The answer of a quota.</summary>
/// <param name="RetryAfter">When refused: after this long the same call is admitted.</param>
internal readonly record struct QuotaVerdict(QuotaAnswer Answer, TimeSpan RetryAfter = default);
