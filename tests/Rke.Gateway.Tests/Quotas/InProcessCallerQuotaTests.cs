using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Quotas;

namespace Rke.Gateway.Tests.Quotas;

public sealed class InProcessCallerQuotaTests : CallerQuotaContract
{
    private readonly FakeTimeProvider _time = new();
    private readonly InProcessCallerQuota _quota;

    public InProcessCallerQuotaTests() => _quota = new(_time);

    private protected override ICallerQuota Quota => _quota;

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task No_24_hours_hold_more_than_the_limit()
    {
        var limits = new CallerLimits(0, 10);
        var admitted = new Queue<TimeSpan>();
        var now = TimeSpan.Zero;
        var random = new Random(3);
        for (var call = 0; call < 3000; call++)
        {
            var step = TimeSpan.FromMinutes(random.NextDouble() * 60);
            now += step;
            _time.Advance(step);
            if ((await _quota.TakeAsync("shop", limits, isPost: true)).Answer == QuotaAnswer.Admitted)
            {
                admitted.Enqueue(now);
            }

            while (admitted.TryPeek(out var oldest) && oldest <= now - TimeSpan.FromDays(1))
            {
                admitted.Dequeue();
            }

            Assert.InRange(admitted.Count, 0, 10);
        }
    }
}
