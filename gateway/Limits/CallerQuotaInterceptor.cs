using Grpc.Core;
using Grpc.Core.Interceptors;
using Rke.Gateway.Configuration;
using Rke.Gateway.Errors;
using Rke.Gateway.Observability;
using Rke.Gateway.Reload;
using Rke.Gateway.State;
using Rke.Gateway.Translation;

namespace Rke.Gateway.Limits;

/// <summary>
/// Refuses calls of callers who have used up what they may. While the shared state is away each replica grants its
/// share of the limits by itself.
/// </summary>
internal sealed class CallerQuotaInterceptor(
    LiveSettings live,
    ICallerQuota quota,
    LocalCallerQuota local,
    LimiterMeter meter,
    ILogger<CallerQuotaInterceptor> logger) : Interceptor
{
    // Health and reflection are everybody's.
    private const string Ours = "/rke.";

    private static readonly string[] Posts =
    [
        "/rke.v1.RkeService/PostKey",
        "/rke.v1.RkeSessionService/InitiateSession",
        "/rke.v1.RkeSessionService/InitiateSessionStream",
    ];

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        await TakeAsync(context);
        return await continuation(request, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await TakeAsync(context);
        await continuation(request, responseStream, context);
    }

    private async ValueTask TakeAsync(ServerCallContext context)
    {
        if (!context.Method.StartsWith(Ours, StringComparison.Ordinal))
        {
            return;
        }

        var settings = live.CallerLimit;
        if (settings.IsNone)
        {
            return;
        }

        var caller = QuotaCaller.Of(context, settings.TrustHeader);
        var limits = settings.Of(caller);
        if (limits.IsNone)
        {
            return;
        }

        var verdict = await DecideAsync(caller, limits, Posts.Contains(context.Method), settings);
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

    // Who is admitted passed both limits.
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
        string caller, CallerLimits limits, bool isPost, CallerLimitSettings settings)
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
            QuotaAnswer.Unavailable => CoinFailures.StateUnavailable() with { RetryAfter = verdict.RetryAfter },
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
