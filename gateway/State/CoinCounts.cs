namespace Rke.Gateway.State;

/// <summary>How many coins of a network are in which state on one key server.</summary>
/// <param name="Free">May be used now.</param>
/// <param name="Occupied">Hold an unread part there.</param>
/// <param name="Resting">Were used too often there.</param>
internal readonly record struct CoinCounts(int Free, int Occupied, int Resting)
{
    public static CoinCounts operator +(CoinCounts left, CoinCounts right) =>
        new(left.Free + right.Free, left.Occupied + right.Occupied, left.Resting + right.Resting);
}
