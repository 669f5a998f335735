using Rke.Gateway.Configuration;

namespace Rke.Gateway.State;

/// <summary>What callers have used of their limits: never more than the limit in any window, wherever it begins.</summary>
internal interface ICallerQuota
{
    /// <summary>Takes one request, and one post where it is one; both or neither.</summary>
    ValueTask<QuotaVerdict> TakeAsync(string caller, CallerLimits limits, bool isPost);
}
