using Rke.Lookup;

namespace Rke.Gateway.Probes;

/// <summary>Adds the probes of the key servers, of the coins, and of the records of domains.</summary>
internal static class ProbeRegistration
{
    public static void AddProbes(this IServiceCollection services)
    {
        services.AddSingleton<ServerProbes>();
        services.AddHostedService(provider => provider.GetRequiredService<ServerProbes>());
        services.AddSingleton<CoinProbes>();
        services.AddHostedService(provider => provider.GetRequiredService<CoinProbes>());
        services.AddSingleton<DomainCheck>();
        services.AddSingleton<DomainProbes>();
        services.AddHostedService(provider => provider.GetRequiredService<DomainProbes>());
    }
}
