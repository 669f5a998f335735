using Microsoft.Extensions.DependencyInjection.Extensions;
using Rke.Gateway.Configuration;
using Rke.UdpBridge;
using StackExchange.Redis;

namespace Rke.Gateway.State;

/// <summary>The state that replicas share, in Redis.</summary>
internal static class RedisRegistration
{
    public static void AddRedisState(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton(settings.Redis);

        // One for the life of the process; it is usable before Redis is there.
        services.AddSingleton<IConnectionMultiplexer>(provider => ConnectionMultiplexer.Connect(
            RedisOptions.Of(settings.Redis, provider.GetRequiredService<ILogger<ConnectionMultiplexer>>())));
        services.AddSingleton<RedisCircuit>();
        services.AddSingleton<IStateHealth>(provider => provider.GetRequiredService<RedisCircuit>());
        services.AddSingleton<RedisAftermath>();
        services.AddSingleton<RedisHeldCoins>();
        services.AddSingleton<ICoinState, RedisCoinState>();
        services.AddSingleton<ICoinCensus, RedisCoinCensus>();
        services.AddSingleton<IIdempotencyStore>(provider => ActivatorUtilities.CreateInstance<RedisIdempotencyStore>(
            provider, settings.Idempotency.Keep));
        services.AddSingleton<ICallerQuota, RedisCallerQuota>();
        services.AddSingleton<ISharedMemory, RedisSharedMemory>();
        services.AddSingleton<INonceLeases, RedisNonceLeases>();
        services.Replace(ServiceDescriptor.Singleton<INonceSource, LeasedNonceSource>());
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<RedisRecovery>(provider, ServersOf(settings)));
    }

    private static List<ServerNumber> ServersOf(GatewaySettings settings) =>
        [.. settings.Networks.SelectMany(network => network.Servers.Keys.Select(raidaId => new ServerNumber(network.Id, raidaId)))];
}
