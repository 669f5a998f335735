using Rke.Gateway.Coins;

namespace Rke.Gateway.Embedded;

/// <summary>Says loudly that the key servers are embedded, and stops them with the gateway.</summary>
internal sealed class EmbeddedLife(EmbeddedNetwork network, CoinShelf shelf, ILogger<EmbeddedLife> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        shelf.Replace(network.Coins);
        Log.Embedded(logger, network.Settings.Servers.Count, network.Coins.Count);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => network.DisposeAsync().AsTask();
}
