using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Gateway.Coins;

/// <summary>
/// Names the lists of candidates in Redis. Replicas with the same coins, policy and limit use the same names, so they share what is
/// known about the list (docs/STATE.md).
/// </summary>
internal sealed class CandidateLists
{
    private const int CoinLength = 5;
    private const int NameLength = 16;

    // A list is the same object until the coins or the policy change, so its name is computed once.
    private readonly ConditionalWeakTable<IReadOnlyList<CoinId>, string> _names = [];

    public string NameOf(IReadOnlyList<CoinId> coins, CoinLimit limit)
    {
        var name = _names.GetValue(coins, DigestOf);
        return limit.IsNone ? name : string.Create(null, $"{name}.{limit.Posts}.{limit.Window.Ticks}");
    }

    private static string DigestOf(IReadOnlyList<CoinId> coins)
    {
        var bytes = new byte[coins.Count * CoinLength];
        for (var index = 0; index < coins.Count; index++)
        {
            var coin = bytes.AsSpan(index * CoinLength);
            coin[0] = (byte)coins[index].Denomination;
            BinaryPrimitives.WriteUInt32BigEndian(coin[1..], coins[index].SerialNumber);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes))[..NameLength];
    }
}
