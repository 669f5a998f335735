namespace Rke.Gateway.Quotas;

/// <summary>Counts the requests and posts of callers in sliding windows. No window holds more than the limit.</summary>
internal interface ICallerQuota
{
    /// <summary>Counts one request, and one post if it is a post. A refused call counts nothing.</summary>
    ValueTask<QuotaVerdict> TakeAsync(string caller, CallerLimits limits, bool isPost);
}

/// <summary>The result of <see cref="ICallerQuota.TakeAsync"/>.</summary>
/// <param name="RetryAfter">If refused: when the same call is admitted.</param>
internal readonly record struct QuotaVerdict(QuotaAnswer Answer, TimeSpan RetryAfter = default);

/// <summary>Whether a quota admits a call.</summary>
internal enum QuotaAnswer
{
    /// <summary>Within the limits, and counted.</summary>
    Admitted,

    /// <summary>Too many requests; not counted.</summary>
    RequestsUsedUp,

    /// <summary>Too many posts; not counted.</summary>
    PostsUsedUp,

    /// <summary>Redis is unavailable.</summary>
    Unavailable,
}

/// <summary>The windows of the quotas.</summary>
internal static class QuotaWindows
{
    public static readonly TimeSpan Requests = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Posts = TimeSpan.FromDays(1);

    /// <summary>
    /// The number of slices of a window. A count is exact to one slice: a call may be refused up to one slice too long,
    /// and is never admitted too early.
    /// </summary>
    public const int Slices = 64;
}
