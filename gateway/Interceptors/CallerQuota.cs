using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Errors;
using Rke.Gateway.Observability;
using Rke.Gateway.Quotas;

namespace Rke.Gateway.Interceptors;

/// <summary>
/// Refuses calls of callers that have used up their quota. While Redis is unavailable, each replica enforces its own
/// share of the limits.
/// </summary>
internal sealed class CallerQuota(
    IOptionsMonitor<CallerLimitOptions> options, ICallerQuota quota, LocalCallerQuota local, LimiterMeter meter, ILogger<CallerQuota> logger)
{
    // Health and reflection have no quota.
    private const string LimitedPrefix = "rke.";

    private static readonly string[] Posts =
    [
        "rke.v1.RkeService/PostKey",
        "rke.v1.RkeSessionService/InitiateSession",
        "rke.v1.RkeSessionService/InitiateSessionStream",
    ];

    /// <summary>Counts the call. It fails if the quota is used up.</summary>
    public ValueTask TakeAsync(ServerCallContext context)
    {
        var settings = options.CurrentValue;
        if (settings.IsNone)
        {
            return ValueTask.CompletedTask;
        }

        // The path of a request can spell the name of its method differently: routing ignores the case and a slash at the end.
        var method = CallMethod.Of(context.GetHttpContext())?.Name ?? "";
        if (!method.StartsWith(LimitedPrefix, StringComparison.Ordinal))
        {
            return ValueTask.CompletedTask;
        }

        var caller = QuotaCaller.Of(context, settings.TrustHeader);
        var limits = settings.Of(caller);
        return limits.IsNone
            ? ValueTask.CompletedTask
            : TakeAsync(caller, limits, Posts.AsSpan().Contains(method), settings);
    }

    private async ValueTask TakeAsync(string caller, CallerLimits limits, bool isPost, CallerLimitOptions settings)
    {
        var verdict = await DecideAsync(caller, limits, isPost, settings);
        if (verdict.Answer == QuotaAnswer.Admitted)
        {
            return;
        }

        if (settings.Shadow)
        {
            Log.QuotaWouldRefuse(logger, caller, verdict.Answer);
            return;
        }

        throw FailureOf(verdict, caller, limits).ToException();
    }

    // An admitted post passed both limits. It is counted for the limit of posts.
    private static string LimiterOf(QuotaAnswer answer, bool isPost) =>
        answer == QuotaAnswer.PostsUsedUp || (isPost && answer == QuotaAnswer.Admitted)
            ? LimiterMeter.CallerPosts
            : LimiterMeter.CallerRate;

    private static string DecisionOf(QuotaAnswer answer, bool isShadow) => answer switch
    {
        QuotaAnswer.Admitted => LimiterMeter.Admitted,
        QuotaAnswer.Unavailable => LimiterMeter.Unavailable,
        _ => isShadow ? LimiterMeter.ShadowRefused : LimiterMeter.Refused,
    };

    private async ValueTask<QuotaVerdict> DecideAsync(
        string caller, CallerLimits limits, bool isPost, CallerLimitOptions settings)
    {
        using var activity = GatewayActivities.StartLimiter();
        var verdict = await quota.TakeAsync(caller, limits, isPost);
        if (verdict.Answer == QuotaAnswer.Unavailable && settings.LocalShare > 0)
        {
            verdict = await local.TakeAsync(caller, limits, isPost);
        }

        var limiter = LimiterOf(verdict.Answer, isPost);
        var decision = DecisionOf(verdict.Answer, settings.Shadow);
        GatewayActivities.Decided(activity, limiter, decision);
        meter.OnDecided(limiter, decision);
        return verdict;
    }

    private static CallFailure FailureOf(in QuotaVerdict verdict, string caller, CallerLimits limits) =>
        verdict.Answer switch
        {
            QuotaAnswer.Unavailable => CallFailure.StateUnavailable() with { RetryAfter = verdict.RetryAfter },
            QuotaAnswer.PostsUsedUp => Exceeded(verdict, caller, $"{limits.PostsPerDay} posts a day"),
            _ => Exceeded(verdict, caller, $"{limits.RequestsPerSecond} requests a second"),
        };

    private static CallFailure Exceeded(in QuotaVerdict verdict, string caller, string limit) => new(
        StatusCode.ResourceExhausted, Reason.CallerQuota, $"The caller's quota of {limit} is used up.")
    {
        RetryAfter = verdict.RetryAfter,
        QuotaSubject = $"caller:{caller}",
    };
}
