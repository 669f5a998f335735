using Rke.Gateway.Configuration;
using Rke.Lookup.Caching;
using StackExchange.Redis;

namespace Rke.Gateway.Redis;

/// <summary>Adds the connection to Redis that all stores share.</summary>
internal static class RedisRegistration
{
    public static void AddRedis(this IServiceCollection services, GatewayOptions options)
    {
        var redis = options.Of<RedisOptions>();
        if (!redis.IsConfigured)
        {
            return;
        }

        // One connection per process. The process also starts if Redis is unavailable.
        services.AddSingleton<IConnectionMultiplexer>(provider => ConnectionMultiplexer.Connect(
            RedisClientOptions.Of(
                redis, provider.GetRequiredService<ILogger<ConnectionMultiplexer>>(), provider.GetRequiredService<TimeProvider>())));
        services.AddSingleton<StateMeter>();
        services.AddSingleton<RedisCircuit>();
        services.AddSingleton<IStateHealth>(provider => provider.GetRequiredService<RedisCircuit>());
        services.AddSingleton<RedisClock>();
        services.AddSingleton<RedisRetryQueue>();
        services.AddSingleton<ISharedCache, RedisSharedCache>();
        services.AddHostedService<RedisRecovery>();
    }
}
