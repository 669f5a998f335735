using Rke.Wire;

namespace Rke.Gateway.State;

/// <summary>Counts coins for metrics. What it says may be a moment old.</summary>
internal interface ICoinCensus
{
    /// <summary>Counts the coins on one key server.</summary>
    ValueTask<CoinCounts> CountAsync(
        ServerNumber server, IReadOnlyList<CoinId> coins, CoinLimit limit, CancellationToken cancellationToken);
}
