using Rke.Gateway.Quotas;

namespace Rke.Gateway.Tests.Quotas;

/// <summary>The contract of <see cref="ICallerQuota"/>.</summary>
public abstract class CallerQuotaContract
{
    private protected abstract ICallerQuota Quota { get; }

    private protected abstract Task PassAsync(TimeSpan time);

    [Fact]
    public async Task Concurrent_requests_get_exactly_the_limit_and_waiting_for_the_retry_delay_helps()
    {
        var limits = new CallerLimits(20, 0);
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ =>
            Task.Run(async () => await Quota.TakeAsync("shop", limits, isPost: false))));
        Assert.Equal(20, verdicts.Count(verdict => verdict.Answer == QuotaAnswer.Admitted));
        Assert.Equal(180, verdicts.Count(verdict => verdict.Answer == QuotaAnswer.RequestsUsedUp));

        var refused = verdicts.Last(verdict => verdict.Answer != QuotaAnswer.Admitted);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(1020));
        await PassAsync(refused.RetryAfter);
        Assert.Equal(QuotaAnswer.Admitted, (await Quota.TakeAsync("shop", limits, isPost: false)).Answer);
    }

    [Fact]
    public async Task Posts_count_for_a_day_and_other_calls_do_not()
    {
        var limits = new CallerLimits(0, 2);
        for (var call = 0; call < 5; call++)
        {
            Assert.Equal(QuotaAnswer.Admitted, (await Quota.TakeAsync("shop", limits, isPost: false)).Answer);
        }

        Assert.Equal(QuotaAnswer.Admitted, (await Quota.TakeAsync("shop", limits, isPost: true)).Answer);
        Assert.Equal(QuotaAnswer.Admitted, (await Quota.TakeAsync("shop", limits, isPost: true)).Answer);
        var refused = await Quota.TakeAsync("shop", limits, isPost: true);
        Assert.Equal(QuotaAnswer.PostsUsedUp, refused.Answer);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromHours(23), TimeSpan.FromHours(25));
        Assert.Equal(QuotaAnswer.Admitted, (await Quota.TakeAsync("shop", limits, isPost: false)).Answer);
    }

    [Fact]
    public async Task Each_caller_has_its_own_quota()
    {
        var limits = new CallerLimits(0, 1);
        Assert.Equal(QuotaAnswer.Admitted, (await Quota.TakeAsync("shop", limits, isPost: true)).Answer);
        Assert.Equal(QuotaAnswer.PostsUsedUp, (await Quota.TakeAsync("shop", limits, isPost: true)).Answer);
        Assert.Equal(QuotaAnswer.Admitted, (await Quota.TakeAsync("bank", limits, isPost: true)).Answer);
    }

    [Fact]
    public async Task A_call_that_one_limit_refuses_does_not_count_for_the_other()
    {
        var limits = new CallerLimits(100, 1);
        await Quota.TakeAsync("shop", limits, isPost: true);
        for (var call = 0; call < 150; call++)
        {
            Assert.Equal(QuotaAnswer.PostsUsedUp, (await Quota.TakeAsync("shop", limits, isPost: true)).Answer);
        }

        Assert.Equal(QuotaAnswer.Admitted, (await Quota.TakeAsync("shop", limits, isPost: false)).Answer);
    }
}
