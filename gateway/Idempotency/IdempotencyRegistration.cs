using Rke.Gateway.Configuration;
using Rke.Gateway.Redis;

namespace Rke.Gateway.Idempotency;

/// <summary>Adds idempotent calls and the store of their responses.</summary>
internal static class IdempotencyRegistration
{
    public static void AddIdempotency(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<IdempotentCalls>();
        if (options.Of<RedisOptions>().IsConfigured)
        {
            services.AddSingleton<IIdempotencyStore>(provider => ActivatorUtilities.CreateInstance<RedisIdempotencyStore>(
                provider, options.Of<IdempotencyOptions>().Keep));
        }
        else
        {
            services.AddSingleton<IIdempotencyStore>(provider => new InProcessIdempotencyStore(
                provider.GetRequiredService<TimeProvider>(), options.Of<IdempotencyOptions>().Keep, options.Of<IdempotencyOptions>().Capacity));
        }
    }
}
