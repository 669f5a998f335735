using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Rke.Dns;
using Rke.Gateway.Configuration;
using Rke.Gateway.Networks;
using Rke.Gateway.Redis;
using Rke.Lookup;
using Rke.Lookup.Sources;
using Rke.UdpBridge;

namespace Rke.Gateway.KeyServers;

/// <summary>
/// Adds the links to the key servers, their addresses and discovery, and name lookups at key servers.
/// </summary>
internal static class KeyServerRegistration
{
    public static void AddKeyServers(this IServiceCollection services, GatewayOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IEntropySource, SystemEntropy>();
        services.AddNonces(options);
        services.AddSingleton(options.Of<UdpBridgeOptions>());
        services.AddSingleton<BridgeClient>();
        services.AddSingleton<NetworkDirectory>();
        services.AddNames();
        services.AddSingleton<HostAddresses>();
        services.AddHostedService<ServerNameRefresh>();
        services.AddSingleton<ServerLinks>();
        services.AddSingleton<RequestEncryptionFactory>();
        services.AddSingleton<ServerEcho>();
        services.AddSingleton<ServerDiscovery>();
    }

    private static void AddNonces(this IServiceCollection services, GatewayOptions options)
    {
        if (options.Of<RedisOptions>().IsConfigured)
        {
            services.AddSingleton<INonceLeases, RedisNonceLeases>();
            services.AddSingleton<INonceSource, LeasedNonceSource>();
        }
        else
        {
            services.AddSingleton<INonceSource, ProcessNonceSource>();
        }
    }

    private static AddressFetch DnsAddressFetch(IServiceProvider provider)
    {
        var dns = ActivatorUtilities.CreateInstance<DnsRecordSource>(provider);
        var sources = new RecordSources(
            [dns], provider.GetRequiredService<NetworkNames>(), provider.GetRequiredService<IOptions<DnsOptions>>());
        return ActivatorUtilities.CreateInstance<AddressFetch>(provider, sources);
    }

    private static void AddNames(this IServiceCollection services)
    {
        services.AddLookup();
        services.AddSingleton<MajorityNameLookup>();
        services.AddSingleton<IRecordSource, RaidaRecordSource>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<KeyServerAddresses>(
            provider, ActivatorUtilities.CreateInstance<AddressLookup>(provider, DnsAddressFetch(provider))));
        services.AddSingleton(provider =>
        {
            var networks = provider.GetRequiredService<IOptionsMonitor<NetworksOptions>>();
            var signal = provider.GetRequiredService<IOptionsMonitor<SignalOptions>>();
            var names = new NetworkNames();
            Apply();
            networks.OnChange(_ => Apply());
            signal.OnChange(_ => Apply());
            return names;

            void Apply() => names.Set(
                networks.CurrentValue.Networks.Select(network => new ConfiguredNetwork(
                    network.Id, network.Domain, network.Servers.Values.Select(server => server.Host))),
                signal.CurrentValue.Port);
        });
    }
}
