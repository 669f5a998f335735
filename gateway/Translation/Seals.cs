using Rke.Gateway.Coins;
using Rke.UdpBridge;

namespace Rke.Gateway.Translation;

/// <summary>Seals requests: a coin's cipher for the server, and a nonce that was never used under it.</summary>
internal sealed class Seals(INonceSource nonces)
{
    /// <summary>The seal for one request to a server; the coin must be in use until its exchange is disposed.</summary>
    public async ValueTask<RequestSeal> MakeAsync(CoinUser user, byte raidaId, CancellationToken cancellationToken)
    {
        var coin = user.Coin;
        var nonce = await nonces.NextAsync(new(coin.Network, raidaId, coin.Id), cancellationToken);
        return new(coin.Id, coin.CipherFor(raidaId), nonce);
    }
}
