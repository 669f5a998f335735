using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rke.Dns;
using Rke.Lookup.Caching;
using Rke.Lookup.Sources;
using Rke.UdpBridge;

namespace Rke.Lookup;

/// <summary>Adds <see cref="LookupService"/>. The host configures <see cref="DnsOptions"/>.</summary>
public static class LookupRegistration
{
    public static IServiceCollection AddLookup(this IServiceCollection services)
    {
        services.AddOptions();
        services.TryAddSingleton<ISharedCache, NoSharedCache>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IEntropySource, SystemEntropy>();
        services.TryAddSingleton(_ => RandomNumberGenerator.Create());
        services.TryAddSingleton(_ => SystemResolvers.Read());
        services.AddSingleton<DnsMeter>();
        services.AddSingleton<DnsTransport>();
        services.AddSingleton<StubResolver>();
        services.AddSingleton<IRecordSource, DnsRecordSource>();
        services.AddSingleton(_ => HostsFile.Read());
        services.TryAddSingleton<NetworkNames>();
        services.AddSingleton<RecordSources>();
        services.AddSingleton<DomainFetch>();
        services.AddSingleton<AddressFetch>();
        services.AddSingleton<LookupService>();
        return services;
    }
}
