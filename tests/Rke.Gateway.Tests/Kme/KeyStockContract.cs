using Rke.Gateway.Kme;

namespace Rke.Gateway.Tests.Kme;

/// <summary>What each implementation of a stock does.</summary>
public abstract class KeyStockContract
{
    private protected const int Capacity = 8;

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);
    private protected static readonly StockName Master = new(StockSide.Master, "sae-a", "sae-b");
    private protected static readonly StockName Slave = new(StockSide.Slave, "sae-a", "sae-b");

    private protected abstract IKeyStock Stock { get; }

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_oldest_keys_are_taken_first_and_each_key_once()
    {
        await AddAsync(Master, "a", "b", "c");
        Assert.Equal(3, await Stock.CountAsync(Master));
        var first = await Stock.TakeAsync(Master, 2);
        Assert.Equal(["a", "b"], first.Keys.Select(key => key.Name));
        Assert.Equal(3, first.Available);
        Assert.Equal([(byte)'a'], first.Keys[0].Sealed);
        Assert.Equal(["c"], (await Stock.TakeAsync(Master, 1)).Keys.Select(key => key.Name));
        Assert.Equal(0, await Stock.CountAsync(Master));
    }

    [Fact]
    public async Task A_request_for_more_keys_than_there_are_takes_none()
    {
        await AddAsync(Master, "a", "b");
        var taken = await Stock.TakeAsync(Master, 3);
        Assert.Equal((0, 2), (taken.Keys.Count, taken.Available));
        Assert.Equal(2, await Stock.CountAsync(Master));
    }

    [Fact]
    public async Task Named_keys_are_taken_once_and_all_or_none()
    {
        await AddAsync(Slave, "a", "b", "c");
        Assert.Equal(["x"], (await Stock.TakeAsync(Slave, ["a", "x"])).Missing);
        Assert.Equal(3, await Stock.CountAsync(Slave));
        var taken = await Stock.TakeAsync(Slave, ["c", "a"]);
        Assert.Equal(["c", "a"], taken.Keys.Select(key => key.Name));
        Assert.Empty(taken.Missing);
        Assert.Equal([(byte)'c'], taken.Keys[0].Sealed);
        Assert.Equal(["a"], (await Stock.TakeAsync(Slave, ["a", "b"])).Missing);
        Assert.Equal(["b"], (await Stock.TakeAsync(Slave, ["b"])).Keys.Select(key => key.Name));
    }

    [Fact]
    public async Task Stocks_are_separate()
    {
        await AddAsync(Master, "a");
        await AddAsync(Slave, "a", "b");
        Assert.Equal(1, await Stock.CountAsync(Master));
        Assert.Equal(2, await Stock.CountAsync(Slave));
        Assert.Equal(0, await Stock.CountAsync(new(StockSide.Slave, "sae-b", "sae-a")));
        Assert.Single((await Stock.TakeAsync(Master, 1)).Keys);
        Assert.Equal(2, await Stock.CountAsync(Slave));
    }

    [Fact]
    public async Task A_full_stock_takes_no_key_of_a_session()
    {
        Assert.True(await AddAsync(Slave, "a", "b", "c", "d", "e"));
        Assert.False(await AddAsync(Slave, "f", "g", "h", "i"));
        Assert.Equal(5, await Stock.CountAsync(Slave));
        Assert.True(await AddAsync(Slave, "f", "g", "h"));
    }

    [Fact]
    public async Task Adding_the_same_keys_again_changes_nothing()
    {
        Assert.True(await AddAsync(Slave, "a", "b", "c", "d", "e"));
        Assert.True(await AddAsync(Slave, "a", "b", "c", "d", "e"));
        Assert.Equal(5, await Stock.CountAsync(Slave));
    }

    [Fact]
    public async Task Keys_expire()
    {
        await AddAsync(Master, Lifetime, "a", "b");
        await PassAsync(Lifetime / 2);
        await AddAsync(Master, "c");
        await PassAsync(Lifetime / 2);
        Assert.Equal(1, await Stock.CountAsync(Master));
        Assert.Equal(["c"], (await Stock.TakeAsync(Master, 1)).Keys.Select(key => key.Name));
        await AddAsync(Slave, Lifetime, "a");
        await PassAsync(Lifetime);
        Assert.Equal(["a"], (await Stock.TakeAsync(Slave, ["a"])).Missing);
    }

    [Fact]
    public async Task Many_requests_at_once_take_each_key_once()
    {
        await AddAsync(Master, "a", "b", "c", "d", "e", "f", "g", "h");
        var taken = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Stock.TakeAsync(Master, 1).AsTask()));
        var names = taken.SelectMany(result => result.Keys).Select(key => key.Name).Order(StringComparer.Ordinal);
        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h"], names);
    }

    private protected ValueTask<bool> AddAsync(StockName stock, params string[] names) =>
        AddAsync(stock, TimeSpan.FromMinutes(1), names);

    private ValueTask<bool> AddAsync(StockName stock, TimeSpan lifetime, params string[] names) => Stock.AddAsync(
        stock, [.. names.Select(name => new StockedKey(name, [(byte)name[0]]))], lifetime, Capacity, Cancelled);

    private protected abstract Task PassAsync(TimeSpan time);
}
