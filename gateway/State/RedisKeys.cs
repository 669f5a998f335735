using System.Security.Cryptography;
using Rke.Wire;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>
/// The names of all keys (docs/STATE.md). Those of one key server share a hash tag, so that a cluster keeps them
/// together and one script may use them.
/// </summary>
internal sealed class RedisKeys(ServerNumber server)
{
    private readonly string _prefix = $"rke:{{{server.Network}.{server.RaidaId}}}:";

    /// <summary>When the state of this key server began.</summary>
    public RedisKey Epoch => _prefix + "e";

    /// <summary>The last lease of nonces.</summary>
    public RedisKey Nonces => _prefix + "n";

    /// <summary>What is true of a coin here.</summary>
    public RedisKey Coin(CoinId coin) => $"{_prefix}c:{coin.Denomination}.{coin.SerialNumber}";

    /// <summary>When a coin was used here.</summary>
    public RedisKey Uses(CoinId coin) => $"{_prefix}u:{coin.Denomination}.{coin.SerialNumber}";

    /// <summary>Under which coin a part waits.</summary>
    public RedisKey Part(RedisValue digest) => $"{_prefix}p:{digest}";

    /// <summary>A reservation that was taken back.</summary>
    public RedisKey Withdrawn(RedisValue ticket) => $"{_prefix}x:{ticket}";

    /// <summary>
    /// A part as Redis knows it. Whoever has a part's HS and any coin can fetch it, so Redis gets a digest.
    /// </summary>
    public static RedisValue Digest(PartHash part)
    {
        Span<byte> source = stackalloc byte[PartHash.Length];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        part.CopyTo(source);
        SHA256.HashData(source, digest);
        return Convert.ToHexStringLower(digest[..16]);
    }

    /// <summary>A request with an idempotency key.</summary>
    public static RedisKey Request(RequestDigest request) => $"rke:i:{request.Name[..32]}";

    /// <summary>What a caller has used of its quota.</summary>
    public static RedisKey Caller(string digest, string limit) => $"rke:{{q:{digest}}}:{limit}";
}
