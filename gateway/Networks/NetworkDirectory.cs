using Rke.Gateway.Configuration;

namespace Rke.Gateway.Networks;

/// <summary>All configured networks; the first is the default.</summary>
internal sealed class NetworkDirectory(IReadOnlyList<NetworkSettings> settings)
{
    public IReadOnlyList<Network> Networks { get; } = [.. settings.Select(network => new Network(network))];

    /// <summary>The network of calls that name none.</summary>
    public Network Default => Networks[0];

    /// <summary>The network with this number, or the default for 0; null when it is not configured.</summary>
    public Network? Find(uint id) => id == 0 ? Default : Networks.FirstOrDefault(network => network.Id == id);
}
