namespace Rke.Gateway.Kme;

/// <summary>The stocks of one gateway, in its process. The keys are encrypted here too.</summary>
internal sealed class InProcessKeyStock(TimeProvider timeProvider) : IKeyStock
{
    private readonly Lock _gate = new();
    private readonly Dictionary<StockName, Stock> _stocks = [];
    private readonly long _origin = timeProvider.GetTimestamp();

    private TimeSpan Now => timeProvider.GetElapsedTime(_origin);

    public ValueTask<bool> AddAsync(
        StockName stock, IReadOnlyList<StockedKey> keys, TimeSpan lifetime, int capacity, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var found = Of(stock);
            var added = keys.Where(key => !found.Keys.ContainsKey(key.Name)).ToArray();
            if (found.Keys.Count + added.Length > capacity)
            {
                return new(false);
            }

            foreach (var key in added)
            {
                found.Keys.Add(key.Name, key.Sealed);
                found.Order.Enqueue((key.Name, Now + lifetime));
            }

            return new(true);
        }
    }

    public ValueTask<TakenKeys> TakeAsync(StockName stock, int count)
    {
        lock (_gate)
        {
            var found = Of(stock);
            var available = found.Keys.Count;
            var taken = new List<StockedKey>(count);
            while (available >= count && taken.Count < count)
            {
                var (name, _) = found.Order.Dequeue();
                if (found.Keys.Remove(name, out var sealedKey))
                {
                    taken.Add(new(name, sealedKey));
                }
            }

            return new(new TakenKeys(taken, available));
        }
    }

    public ValueTask<FoundKeys> TakeAsync(StockName stock, IReadOnlyList<string> names)
    {
        lock (_gate)
        {
            var found = Of(stock);
            string[] missing = [.. names.Where(name => !found.Keys.ContainsKey(name))];
            if (missing.Length > 0)
            {
                return new(new FoundKeys([], missing));
            }

            var taken = names.Select(name => new StockedKey(name, found.Keys[name])).ToArray();
            foreach (var name in names)
            {
                found.Keys.Remove(name);
            }

            return new(new FoundKeys(taken, []));
        }
    }

    public ValueTask<int> CountAsync(StockName stock)
    {
        lock (_gate)
        {
            return new(Of(stock).Keys.Count);
        }
    }

    // A process has one refill for each stock.
    public async ValueTask<int?> TryRefillAsync(StockName stock, string ticket, TimeSpan lease) => await CountAsync(stock);

    // All keys of a stock have the same lifetime, so they expire in the order of their arrival.
    private Stock Of(StockName name)
    {
        if (!_stocks.TryGetValue(name, out var stock))
        {
            _stocks[name] = stock = new([], new());
        }

        while (stock.Order.TryPeek(out var oldest) && (oldest.Until <= Now || !stock.Keys.ContainsKey(oldest.Name)))
        {
            stock.Keys.Remove(stock.Order.Dequeue().Name);
        }

        return stock;
    }

    private sealed record Stock(Dictionary<string, byte[]> Keys, Queue<(string Name, TimeSpan Until)> Order);
}
