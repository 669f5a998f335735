using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// Counts up from a random 64-bit number, once for the whole process: all instances share the counter. No nonce repeats
/// within a process. No echo repeats within 65,536 consecutive requests.
/// </summary>
/// <remarks>
/// Two processes that use the same keys without shared state use the same nonce only if their ranges of the 2^64 numbers
/// overlap. If each uses N nonces, the probability is about 2N/2^64. For N = 2^40 (1,000 each second for 35 years), this
/// is 2^-23. As many random nonces would collide almost certainly (N²/2^64 = 2^16 expected collisions).
/// </remarks>
public sealed class ProcessNonceSource : INonceSource
{
    private static ulong _last = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Returns the next nonce of the process.</summary>
#pragma warning disable CA1822 // The counter is static, but callers use it through an instance of INonceSource.
    public Nonce Next() => new(Interlocked.Increment(ref _last));
#pragma warning restore CA1822

    /// <inheritdoc/>
    public ValueTask<Nonce> NextAsync(NonceScope scope, CancellationToken cancellationToken) => new(Next());
}
