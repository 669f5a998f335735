using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// Returns the nonces of encrypted requests. It never returns a nonce twice for the same scope: two requests with the same
/// nonce and key have the same keystream (docs/WIRE.md §2).
/// </summary>
public interface INonceSource
{
    /// <summary>Returns the next nonce.</summary>
    ValueTask<Nonce> NextAsync(NonceScope scope, CancellationToken cancellationToken);
}

/// <summary>The key that a nonce is used with: the key that a coin shares with one server of a network.</summary>
public readonly record struct NonceScope(ushort Network, byte RaidaId, CoinId Coin);
