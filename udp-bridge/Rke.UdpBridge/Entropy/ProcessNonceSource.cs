using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// One 64-bit counter for the whole process, from a random start: every instance draws from the same one, whatever
/// the scope, so no nonce repeats within a process, and neither does an echo among 65,536 requests in a row.
/// </summary>
/// <remarks>
/// Two processes that use the same keys without sharing state overlap only if their stretches of the 2^64 circle
/// touch: with N nonces drawn by each, a chance of about 2N/2^64 a pair. For N = 2^40 (a thousand a second for 35
/// years) that is 2^-23. Random draws of as many nonces would collide for certain (N²/2^64 = 2^16 expected).
/// </remarks>
public sealed class ProcessNonceSource : INonceSource
{
    private static ulong _last = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>The next nonce of the process.</summary>
#pragma warning disable CA1822 // The counter is the process's, yet callers draw from it through their own seam.
    public Nonce Next() => new(Interlocked.Increment(ref _last));
#pragma warning restore CA1822

    /// <inheritdoc/>
    public ValueTask<Nonce> NextAsync(NonceScope scope, CancellationToken cancellationToken) => new(Next());
}
