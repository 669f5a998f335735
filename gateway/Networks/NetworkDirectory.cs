using Rke.Gateway.Reload;

namespace Rke.Gateway.Networks;

/// <summary>All networks that are configured now; the first is the default.</summary>
internal sealed class NetworkDirectory
{
    private volatile Network[] _networks;

    public NetworkDirectory(LiveSettings live)
    {
        _networks = Read(live);
        live.Follow(() => _networks = Read(live));
    }

    public IReadOnlyList<Network> Networks => _networks;

    /// <summary>The network of calls that name none.</summary>
    public Network Default => _networks[0];

    /// <summary>The network with this number, or the default for 0; null when it is not configured.</summary>
    public Network? Find(uint id) => id == 0 ? Default : _networks.FirstOrDefault(network => network.Id == id);

    private static Network[] Read(LiveSettings live) => [.. live.Networks.Select(network => new Network(network))];
}
