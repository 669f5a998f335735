using Rke.Gateway.Coins;
using Rke.Gateway.Networks;

namespace Rke.Gateway.Health;

/// <summary>Every network needs at least one coin.</summary>
internal sealed class CoinCheck(NetworkDirectory networks, CoinShelf shelf, KeyFolder? folder = null) : IReadinessCheck
{
    public IEnumerable<string> FindReasons() => networks.Networks
        .Where(network => shelf.Of(network.Id).Ids.Count == 0)
        .Select(network => $"No coin of network {network.Id} is loaded; put its RAIDA key files into the folder of Rke:Keys:Path.");

    public IEnumerable<string> FindWarnings() => folder?.Problems ?? [];
}
