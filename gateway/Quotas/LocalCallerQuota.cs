using Microsoft.Extensions.Options;

namespace Rke.Gateway.Quotas;

/// <summary>
/// The quotas that a replica enforces alone while Redis is unavailable: its share of each limit
/// (<c>Rke:Limits:Caller:LocalShare</c>), at least 1.
/// </summary>
internal sealed class LocalCallerQuota(IOptionsMonitor<CallerLimitOptions> limits, TimeProvider timeProvider) : ICallerQuota
{
    private readonly InProcessCallerQuota _quota = new(timeProvider);

    public ValueTask<QuotaVerdict> TakeAsync(string caller, CallerLimits limits, bool isPost) => _quota.TakeAsync(
        caller, new(ShareOf(limits.RequestsPerSecond), ShareOf(limits.PostsPerDay)), isPost);

    private int ShareOf(int limit) => limit == 0 ? 0 : Math.Max(1, (int)(limit * limits.CurrentValue.LocalShare));
}
