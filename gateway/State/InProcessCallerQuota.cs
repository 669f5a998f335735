using Rke.Gateway.Configuration;

namespace Rke.Gateway.State;

/// <summary>Caller quotas for one gateway alone. Bounded: of too many callers the one that came first is forgotten.</summary>
internal sealed class InProcessCallerQuota(TimeProvider timeProvider) : ICallerQuota
{
    private const int MostCallers = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (SlicedCount Requests, SlicedCount Posts)> _callers = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly long _origin = timeProvider.GetTimestamp();

    public ValueTask<QuotaVerdict> TakeAsync(string caller, CallerLimits limits, bool isPost)
    {
        lock (_gate)
        {
            var now = timeProvider.GetElapsedTime(_origin);
            var (requests, posts) = CountsOf(caller);
            var requestWait = limits.RequestsPerSecond > 0 ? requests.WaitFor(limits.RequestsPerSecond, now) : default;
            var postWait = isPost && limits.PostsPerDay > 0 ? posts.WaitFor(limits.PostsPerDay, now) : default;
            if (requestWait > TimeSpan.Zero || postWait > TimeSpan.Zero)
            {
                return new(requestWait > postWait
                    ? new QuotaVerdict(QuotaAnswer.RequestsUsedUp, requestWait)
                    : new QuotaVerdict(QuotaAnswer.PostsUsedUp, postWait));
            }

            requests.Count(now);
            if (isPost)
            {
                posts.Count(now);
            }

            return new(new QuotaVerdict(QuotaAnswer.Admitted));
        }
    }

    private (SlicedCount Requests, SlicedCount Posts) CountsOf(string caller)
    {
        if (_callers.TryGetValue(caller, out var counts))
        {
            return counts;
        }

        if (_order.Count == MostCallers)
        {
            _callers.Remove(_order.Dequeue());
        }

        _order.Enqueue(caller);
        return _callers[caller] = (new(QuotaWindows.Requests), new(QuotaWindows.Posts));
    }
}
