using Rke.Gateway.Coins;
using Rke.UdpBridge;

namespace Rke.Gateway.KeyServers;

/// <summary>Prepares the encryption of requests: the cipher of a coin for the server, and an unused nonce.</summary>
internal sealed class RequestEncryptionFactory(INonceSource nonces)
{
    /// <summary>
    /// The encryption of one request. The lease of the coin must last until the exchange is disposed.
    /// </summary>
    public async ValueTask<RequestEncryption> CreateAsync(CoinLease lease, byte raidaId, CancellationToken cancellationToken)
    {
        var coin = lease.Coin;
        var nonce = await nonces.NextAsync(new(coin.Network, raidaId, coin.Id), cancellationToken);
        return new(coin.Id, coin.CipherFor(raidaId), nonce);
    }
}
