using Rke.Gateway.Configuration;
using Rke.Gateway.Reload;
using Rke.Gateway.State;

namespace Rke.Gateway.Limits;

/// <summary>What this replica grants by itself: its share of every limit, at least one.</summary>
internal sealed class LocalCallerQuota(LiveSettings live, TimeProvider timeProvider) : ICallerQuota
{
    private readonly InProcessCallerQuota _quota = new(timeProvider);

    public ValueTask<QuotaVerdict> TakeAsync(string caller, CallerLimits limits, bool isPost) => _quota.TakeAsync(
        caller, new(ShareOf(limits.RequestsPerSecond), ShareOf(limits.PostsPerDay)), isPost);

    private int ShareOf(int limit) => limit == 0 ? 0 : Math.Max(1, (int)(limit * live.CallerLimit.LocalShare));
}
