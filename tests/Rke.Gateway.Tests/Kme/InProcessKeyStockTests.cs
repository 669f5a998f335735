using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Kme;

namespace Rke.Gateway.Tests.Kme;

public sealed class InProcessKeyStockTests : KeyStockContract
{
    private readonly FakeTimeProvider _time = new();
    private readonly InProcessKeyStock _stock;

    public InProcessKeyStockTests() => _stock = new(_time);

    private protected override IKeyStock Stock => _stock;

    [Fact]
    public async Task A_key_that_is_never_taken_does_not_keep_the_memory_of_later_ones()
    {
        await AddAsync(Slave, "first");
        await CycleAsync(100);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await CycleAsync(50_000);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 2_000_000);
        Assert.Equal(1, await Stock.CountAsync(Slave));

        async Task CycleAsync(int count)
        {
            for (var index = 0; index < count; index++)
            {
                await AddAsync(Slave, $"key {index}");
                Assert.Empty((await Stock.TakeAsync(Slave, [$"key {index}"])).Missing);
            }
        }
    }

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
