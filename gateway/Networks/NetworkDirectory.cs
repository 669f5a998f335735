using Microsoft.Extensions.Options;

namespace Rke.Gateway.Networks;

/// <summary>The configured networks. The first one is the default.</summary>
internal sealed class NetworkDirectory
{
    private volatile Network[] _networks;

    public NetworkDirectory(IOptionsMonitor<NetworksOptions> options)
    {
        _networks = Read(options.CurrentValue);
        options.OnChange(changed => _networks = Read(changed));
    }

    public IReadOnlyList<Network> Networks => _networks;

    /// <summary>The network of calls that do not name one.</summary>
    public Network Default => _networks[0];

    /// <summary>
    /// The network with this id, or the default network if the id is 0; null if it is not configured.
    /// </summary>
    public Network? Find(uint id)
    {
        foreach (var network in _networks)
        {
            if (id == 0 || network.Id == id)
            {
                return network;
            }
        }

        return null;
    }

    private static Network[] Read(NetworksOptions options) =>
        [.. options.Networks.Select((network, index) => new Network(network, index))];
}
