using Rke.Gateway.Networks;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// The coins that key servers refuse, which all replicas share: the server does not have the coin, or has other numbers for it.
/// A refused coin rests on that server, and each further refusal doubles the time. Each method is atomic.
/// </summary>
internal interface ICoinRefusals
{
    /// <summary>
    /// Records a refusal, and excludes the coin from reservations. A refusal of a coin that rests already changes nothing,
    /// because calls at the same time count once.
    /// </summary>
    /// <returns>The refusal; null if Redis is unavailable.</returns>
    ValueTask<CoinRefusal?> RefuseAsync(ServerId server, CoinId coin);

    /// <summary>The key server accepted the coin. Ends the rest, and deletes the refusals.</summary>
    ValueTask AcceptAsync(ServerId server, CoinId coin);

    /// <summary>The refused coins of a key server; null if Redis is unavailable.</summary>
    ValueTask<IReadOnlyList<CoinRefusal>?> FindAsync(ServerId server);
}

/// <summary>A coin that a key server refuses.</summary>
/// <param name="Refusals">The number of refusals without a success between them.</param>
/// <param name="Rest">How long the coin still rests; zero if the next call may try it.</param>
internal readonly record struct CoinRefusal(CoinId Coin, int Refusals, TimeSpan Rest)
{
    public static readonly TimeSpan FirstRest = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan MaxRest = TimeSpan.FromMinutes(16);

    /// <summary>How long a coin rests after a number of refusals.</summary>
    public static TimeSpan RestAfter(int refusals)
    {
        var rest = FirstRest * Math.Pow(2, Math.Min(refusals, 16) - 1);
        return rest < MaxRest ? rest : MaxRest;
    }
}
