using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Embedded;

/// <summary>Adds the embedded network, which the gateway uses if no network is configured.</summary>
internal static class EmbeddedRegistration
{
    public static void AddEmbedded(this IServiceCollection services, EmbeddedNetwork network, GatewayOptions options)
    {
        network.Configure(options);
        services.AddSingleton(network);
        services.AddHostedService<EmbeddedHostedService>();
    }

    /// <summary>Loads the coins of the embedded network, logs a warning, and stops the key servers with the gateway.</summary>
    private sealed class EmbeddedHostedService(
        EmbeddedNetwork network, CoinStore coins, ILogger<EmbeddedNetwork> logger) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            coins.Replace(network.Coins);
            Log.Embedded(logger, network.Options.Servers.Count, network.Coins.Count);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => network.DisposeAsync().AsTask();
    }
}
