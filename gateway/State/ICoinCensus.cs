using Rke.Wire;

namespace Rke.Gateway.State;

/// <summary>Counts coins for metrics. What it says may be a moment old.</summary>
internal interface ICoinCensus
{
    /// <summary>How often it may be asked.</summary>
    TimeSpan Interval { get; }

    /// <summary>Counts the coins on one key server; null when nobody can say.</summary>
    ValueTask<CoinCounts?> CountAsync(
        ServerNumber server, IReadOnlyList<CoinId> coins, CoinLimit limit, CancellationToken cancellationToken);
}
