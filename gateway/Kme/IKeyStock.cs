namespace Rke.Gateway.Kme;

/// <summary>
/// The keys that wait for a SAE. Each method is one atomic step for all replicas. The stock never receives an unencrypted key. If it is
/// unavailable, the methods fail with STATE_UNAVAILABLE.
/// </summary>
internal interface IKeyStock
{
    /// <summary>Adds keys. Adding the same keys again changes nothing. Returns false if the stock would have more than the capacity.</summary>
    ValueTask<bool> AddAsync(
        StockName stock, IReadOnlyList<StockedKey> keys, TimeSpan lifetime, int capacity, CancellationToken cancellationToken);

    /// <summary>Takes the oldest keys. Takes none if the stock has fewer.</summary>
    ValueTask<TakenKeys> TakeAsync(StockName stock, int count);

    /// <summary>Takes named keys. Takes none if one of them is not in the stock.</summary>
    ValueTask<FoundKeys> TakeAsync(StockName stock, IReadOnlyList<string> names);

    /// <summary>The number of keys that have not expired.</summary>
    ValueTask<int> CountAsync(StockName stock);

    /// <summary>
    /// Begins to refill a stock, or continues it: only one replica at a time makes sessions for it. Returns the number of keys, or null if
    /// another replica refills the stock.
    /// </summary>
    /// <param name="ticket">Identifies the replica.</param>
    /// <param name="lease">Another replica may refill the stock after this time.</param>
    ValueTask<int?> TryRefillAsync(StockName stock, string ticket, TimeSpan lease);
}

/// <summary>A key in a stock.</summary>
internal readonly record struct StockedKey(string Name, byte[] Sealed)
{
    /// <inheritdoc/>
    public override string ToString() => $"StockedKey({Name}, redacted)";
}

/// <summary>The result of taking the oldest keys.</summary>
/// <param name="Keys">Empty if the stock has fewer keys.</param>
/// <param name="Available">The number of keys before that.</param>
internal sealed record TakenKeys(IReadOnlyList<StockedKey> Keys, int Available);

/// <summary>The result of taking named keys.</summary>
/// <param name="Keys">In the order of the names. Empty if one is missing.</param>
/// <param name="Missing">The names that are not in the stock.</param>
internal sealed record FoundKeys(IReadOnlyList<StockedKey> Keys, IReadOnlyList<string> Missing);
