namespace Rke.Gateway.Probes;

/// <summary>Adds the probes of the key servers and of the coins.</summary>
internal static class ProbeRegistration
{
    public static void AddProbes(this IServiceCollection services)
    {
        services.AddSingleton<ServerProbes>();
        services.AddHostedService(provider => provider.GetRequiredService<ServerProbes>());
        services.AddHostedService<CoinProbes>();
    }
}
