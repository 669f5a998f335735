using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>What replicas tell each other, in Redis. While Redis is silent nobody knows anything, and nobody waits.</summary>
internal sealed class RedisSharedMemory(RedisCircuit circuit) : ISharedMemory
{
    public async ValueTask<ReadOnlyMemory<byte>?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var result = await circuit.RunAsync(RedisScript.Recall, [KeyOf(key)], []);
        return result is { IsNull: false } ? (byte[])result! : default(ReadOnlyMemory<byte>?);
    }

    public async ValueTask PutAsync(
        string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken) =>
        await circuit.RunAsync(
            RedisScript.Tell, [KeyOf(key)], [value.ToArray(), (long)Math.Max(1, lifetime.TotalMilliseconds)]);

    // Keys hold names that callers wrote; of whatever they consist, a key is short and plain.
    private static RedisKey KeyOf(string key) =>
        $"rke:m:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))[..16])}";
}
