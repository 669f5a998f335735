using Rke.Gateway.Configuration;
using Rke.Gateway.State;

namespace Rke.Gateway.Tests.State;

/// <summary>What every <see cref="ICallerQuota"/> holds.</summary>
public abstract class CallerQuotaContract
{
    private protected abstract ICallerQuota Quota { get; }

    private protected abstract Task PassAsync(TimeSpan time);

    [Fact]
    public async Task Many_requests_at_once_get_exactly_the_limit_and_waiting_as_told_works()
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
    public async Task Every_caller_has_a_quota_of_its_own()
    {
        var limits = new CallerLimits(0, 1);
        Assert.Equal(QuotaAnswer.Admitted, (await Quota.TakeAsync("shop", limits, isPost: true)).Answer);
        Assert.Equal(QuotaAnswer.PostsUsedUp, (await Quota.TakeAsync("shop", limits, isPost: true)).Answer);
        Assert.Equal(QuotaAnswer.Admitted, (await Quota.TakeAsync("bank", limits, isPost: true)).Answer);
    }

    [Fact]
    public async Task What_one_limit_refuses_the_other_does_not_count()
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
