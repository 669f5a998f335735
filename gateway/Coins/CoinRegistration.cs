using Rke.Gateway.Configuration;
using Rke.Gateway.Networks;
using Rke.Gateway.Redis;

namespace Rke.Gateway.Coins;

/// <summary>Adds the coins of the key files, and their state in the process or in Redis.</summary>
internal static class CoinRegistration
{
    public static void AddCoins(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<CoinStore>();
        services.AddSingleton<CoinCountMeter>();
        services.AddHostedService(provider => provider.GetRequiredService<CoinCountMeter>());
        services.AddSingleton<RefusedCoins>();
        services.AddHostedService(provider => provider.GetRequiredService<RefusedCoins>());
        if (options.Of<KeysOptions>().Path is { } path)
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<KeyFolder>(provider, path));
            services.AddHostedService<KeyFolderWatcher>();
        }

        if (options.Of<RedisOptions>().IsConfigured)
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<RedisHeldCoins>(provider, ServersOf(options.Of<NetworksOptions>())));
            services.AddSingleton<IRedisRestore>(provider => provider.GetRequiredService<RedisHeldCoins>());
            services.AddSingleton<ICoinState, RedisCoinState>();
            services.AddSingleton<ICoinRefusals, RedisCoinRefusals>();
            services.AddSingleton<ICoinCounter, RedisCoinCounter>();
        }
        else
        {
            services.AddSingleton<InProcessCoinState>();
            services.AddSingleton<ICoinState>(provider => provider.GetRequiredService<InProcessCoinState>());
            services.AddSingleton<ICoinRefusals>(provider => provider.GetRequiredService<InProcessCoinState>());
            services.AddSingleton<ICoinCounter>(provider => provider.GetRequiredService<InProcessCoinState>());
        }
    }

    private static List<ServerId> ServersOf(NetworksOptions options) =>
        [.. options.Networks.SelectMany(network => network.Servers.Keys.Select(raidaId => new ServerId(network.Id, raidaId)))];
}
