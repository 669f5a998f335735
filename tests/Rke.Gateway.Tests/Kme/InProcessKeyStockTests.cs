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
        var names = new List<WeakReference>();
        for (var index = 0; index < 100; index++)
        {
            names.Add(await CycleAsync(index));
        }

        GC.Collect();
        Assert.InRange(names.Count(name => name.IsAlive), 0, 1);
        Assert.Equal(1, await Stock.CountAsync(Slave));

        async Task<WeakReference> CycleAsync(int index)
        {
            var name = $"key {index}";
            await AddAsync(Slave, name);
            Assert.Empty((await Stock.TakeAsync(Slave, [name])).Missing);
            return new(name);
        }
    }

    private protected override Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
