using System.Globalization;
using System.Security.Cryptography;
using Rke.Gateway.Networks;
using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.Coins;

/// <summary>
/// The Redis keys of the coins on one key server (docs/STATE.md). They share a hash tag, so a cluster stores them on
/// one node and one script can use them.
/// </summary>
internal sealed class RedisCoinKeys
{
    private readonly string _prefix;

    public RedisCoinKeys(ServerId server)
    {
        _prefix = $"rke:{{{server.Network}.{server.RaidaId}}}:";
        (Epoch, Released, Refused) = (_prefix + "e", _prefix + "f", _prefix + "d");
    }

    /// <summary>When the state of this key server was created.</summary>
    public RedisKey Epoch { get; }

    /// <summary>The coins that became free before their time.</summary>
    public RedisKey Released { get; }

    /// <summary>The coins that the key server refuses.</summary>
    public RedisKey Refused { get; }

    /// <summary>Occupancy and cooldown of a coin.</summary>
    public RedisKey Coin(CoinId coin) => $"{_prefix}c:{coin.Denomination}.{coin.SerialNumber}";

    /// <summary>The coin with a key of <see cref="Coin"/>.</summary>
    public CoinId CoinOf(string key)
    {
        var dot = key.LastIndexOf('.');
        var denomination = key.AsSpan((_prefix.Length + 2)..dot);
        return new(
            sbyte.Parse(denomination, CultureInfo.InvariantCulture), uint.Parse(key.AsSpan(dot + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>What is known about a list of candidates.</summary>
    public RedisKey List(string list) => $"{_prefix}l:{list}";

    /// <summary>The coins of a list that are not free.</summary>
    public RedisKey Busy(string list) => $"{_prefix}b:{list}";

    /// <summary>The times of the posts of a coin.</summary>
    public RedisKey Uses(CoinId coin) => $"{_prefix}u:{coin.Denomination}.{coin.SerialNumber}";

    /// <summary>The coin that holds a part.</summary>
    public RedisKey Part(string digest) => $"{_prefix}p:{digest}";

    /// <summary>The ticket of the post that used a key id on a raidax server.</summary>
    public RedisKey KeyId(string digest) => $"{_prefix}k:{digest}";

    /// <summary>Marks a withdrawn reservation.</summary>
    public RedisKey Withdrawn(string ticket) => $"{_prefix}x:{ticket}";

    /// <summary>
    /// The name of a part in Redis. A key id hash and any coin are enough to fetch the part, so Redis stores only a
    /// digest of the hash.
    /// </summary>
    public static string Digest(KeyIdHash part)
    {
        Span<byte> source = stackalloc byte[KeyIdHash.Length];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        part.CopyTo(source);
        SHA256.HashData(source, digest);
        return Convert.ToHexStringLower(digest[..16]);
    }
}
