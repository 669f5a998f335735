using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// Where the nonces of encrypted requests come from. No nonce is given out twice for the same scope: two requests
/// with one nonce under one key would share their keystream (docs/WIRE.md §2).
/// </summary>
public interface INonceSource
{
    /// <summary>The next nonce for a key.</summary>
    ValueTask<Nonce> NextAsync(NonceScope scope, CancellationToken cancellationToken);
}
