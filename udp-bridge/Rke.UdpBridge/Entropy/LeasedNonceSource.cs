using System.Collections.Concurrent;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// Nonces for processes that use the same keys. A nonce is
/// <code>
/// bit  63      62 … 16        15 … 0
///      0       lease          echo       leased: one lease a key server, for all its coins, shared by nobody
///      1       counter, from a random start of the process       while no lease can be had
/// </code>
/// A lease's echoes are used once each, one after the other from a random one on, and the next lease is fetched when
/// half of them are used: an echo repeats only after 65,536 requests to the server, and nobody waits.
/// </summary>
/// <remarks>
/// Leased nonces repeat never. The others, of two processes: as for <see cref="ProcessNonceSource"/>, from a circle
/// half as long. The two kinds differ in their first bit.
/// </remarks>
public sealed class LeasedNonceSource(INonceLeases leases, IEntropySource entropy) : INonceSource
{
    private const ulong Unleased = 1UL << 63;

    private readonly ConcurrentDictionary<(ushort Network, byte RaidaId), NonceStock> _stocks = new();
    private readonly ProcessNonceSource _own = new();

    /// <inheritdoc/>
    public ValueTask<Nonce> NextAsync(NonceScope scope, CancellationToken cancellationToken)
    {
        var stock = _stocks.GetOrAdd(
            (scope.Network, scope.RaidaId),
            static (server, source) => new(source.leases, source.entropy, server.Network, server.RaidaId),
            (leases, entropy));
        return stock.TryTake(out var nonce) ? new(nonce) : NextAsync(stock);
    }

    private async ValueTask<Nonce> NextAsync(NonceStock stock)
    {
        await stock.RefillAsync();
        return stock.TryTake(out var nonce) ? nonce : new(_own.Next().Value | Unleased);
    }
}
