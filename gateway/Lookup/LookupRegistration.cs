using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Rke.Gateway.Dns;
using Rke.Gateway.Reload;
using Rke.Gateway.State;
using Rke.UdpBridge;

namespace Rke.Gateway.Lookup;

/// <summary>Adds what <see cref="LookupService"/> needs.</summary>
internal static class LookupRegistration
{
    public static IServiceCollection AddLookup(this IServiceCollection services)
    {
        services.AddOptions<DnsOptions>()
            .BindConfiguration(DnsOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<DnsOptions>, DnsOptionsValidation>();
        services.TryAddSingleton<ISharedMemory, NoSharedMemory>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IEntropySource, SystemEntropy>();
        services.AddSingleton<DnsMeter>();
        services.AddSingleton<DnsTransport>();
        services.AddSingleton<StubResolver>();
        services.AddSingleton<IRecordSource, DnsRecordSource>();
        services.AddSingleton(_ => HostsFile.Read());
        services.AddSingleton(provider =>
        {
            var live = provider.GetService<LiveSettings>();
            var names = new NetworkNames(live?.Networks ?? []);
            live?.Follow(() => names.Set(live.Networks));
            return names;
        });
        services.AddSingleton<RecordSources>();
        services.AddSingleton<DomainFetch>();
        services.AddSingleton<AddressFetch>();
        services.AddSingleton<LookupService>();
        return services;
    }
}
