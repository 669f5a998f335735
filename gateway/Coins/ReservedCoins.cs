using Rke.Gateway.Configuration;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// Coins that one feature has for itself. A call uses them only with the permit of that feature, so that a receiver can recognize the
/// feature by the coin of a session.
/// </summary>
internal sealed class ReservedCoins(IReadOnlyList<(ushort Network, CoinRange Coins)> ranges)
{
    public static readonly ReservedCoins None = new([]);

    public bool Contains(ushort network, CoinId coin)
    {
        foreach (var range in ranges)
        {
            if (range.Network == network && range.Coins.Contains(coin))
            {
                return true;
            }
        }

        return false;
    }
}
