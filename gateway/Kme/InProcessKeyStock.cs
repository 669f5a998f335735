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
                found.Keys.Add(key.Name, found.Order.AddLast((key, Now + lifetime)));
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
                taken.Add(found.Take(found.Order.First!));
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

            return new(new FoundKeys([.. names.Select(name => found.Take(found.Keys[name]))], []));
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
            _stocks[name] = stock = new();
        }

        while (stock.Order.First is { } oldest && oldest.Value.Until <= Now)
        {
            stock.Take(oldest);
        }

        return stock;
    }

    private sealed class Stock
    {
        public Dictionary<string, LinkedListNode<(StockedKey Key, TimeSpan Until)>> Keys { get; } = [];

        public LinkedList<(StockedKey Key, TimeSpan Until)> Order { get; } = [];

        public StockedKey Take(LinkedListNode<(StockedKey Key, TimeSpan Until)> node)
        {
            Order.Remove(node);
            Keys.Remove(node.Value.Key.Name);
            return node.Value.Key;
        }
    }
}
