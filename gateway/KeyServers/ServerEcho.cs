using Rke.Gateway.Coins;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Gateway.KeyServers;

/// <summary>Sends an Echo to a key server. An Echo changes nothing on the server.</summary>
internal sealed class ServerEcho(RequestEncryptionFactory encryptions)
{
    /// <summary>Finds out whether the server responds under the RAIDA id of the link.</summary>
    public static ValueTask<Exchange> SendAsync(ServerLink link, MonotonicTime deadline, CancellationToken cancellationToken) =>
        link.SendAsync(new EchoPayload(), encryption: null, ResponseIv.Same, deadline, cancellationToken);

    /// <summary>Finds out whether the server accepts a coin.</summary>
    public async ValueTask<Exchange> SendAsync(
        ServerLink link, Network network, CoinLease lease, MonotonicTime deadline, CancellationToken cancellationToken)
    {
        var encryption = await encryptions.CreateAsync(lease, link.Address.RaidaId, cancellationToken);
        return await link.SendAsync(new EchoPayload(), encryption, network.ResponseIv, deadline, cancellationToken);
    }
}
