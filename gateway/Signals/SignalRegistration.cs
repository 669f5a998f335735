using Rke.Gateway.Configuration;
using Rke.Gateway.Redis;

namespace Rke.Gateway.Signals;

/// <summary>Adds the UDP listener that receives Signals, and the TCP port for Exchange Keys.</summary>
internal static class SignalRegistration
{
    public static void AddSignals(this IServiceCollection services, GatewayOptions options)
    {
        if (options.Of<SignalOptions>().Listen is null)
        {
            return;
        }

        services.AddSingleton<SourceRateLimit>();
        services.AddSingleton<SignalResults>();
        if (options.Of<RedisOptions>().IsConfigured)
        {
            services.AddSingleton<RedisSignalResults>();
        }

        services.AddSingleton<SessionResumption>();
        services.AddSingleton<PartCollector>();
        services.AddSingleton<SignalHandler>();
        if (options.Of<ExchangeOptions>().Enabled)
        {
            services.AddSingleton<ExchangeHandler>();
            services.AddSingleton<ExchangePort>();
        }

        services.AddSingleton<SignalListener>();
        services.AddHostedService(provider => provider.GetRequiredService<SignalListener>());
    }
}
