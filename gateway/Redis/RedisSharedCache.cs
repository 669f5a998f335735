using System.Security.Cryptography;
using System.Text;
using Rke.Lookup.Caching;
using StackExchange.Redis;

namespace Rke.Gateway.Redis;

/// <summary>The cache that replicas share in Redis. While Redis is unavailable, the cache is empty, and no caller waits.</summary>
internal sealed class RedisSharedCache(RedisCircuit circuit) : ISharedCache
{
    private static readonly RedisScript GetScript = new("cache-get");
    private static readonly RedisScript PutScript = new("cache-put", isOptional: true);

    public async ValueTask<SharedCacheEntry?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var result = await circuit.RunAsync(GetScript, [KeyOf(key)], []);
        return result is { IsNull: false }
            ? new SharedCacheEntry((byte[])result[0]!, TimeSpan.FromMilliseconds((long)result[1]))
            : null;
    }

    public async ValueTask PutAsync(
        string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken) =>
        await circuit.RunAsync(
            PutScript, [KeyOf(key)], [value.ToArray(), (long)Math.Max(1, lifetime.TotalMilliseconds)]);

    // The hash keeps keys short and ASCII: the text of a key contains names that callers chose.
    private static RedisKey KeyOf(string key) =>
        $"rke:m:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))[..16])}";
}
