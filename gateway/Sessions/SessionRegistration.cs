using Rke.Gateway.Configuration;
using Rke.Gateway.Probes;
using Rke.Gateway.Redis;
using Rke.Gateway.Reload;
using Rke.Gateway.Sessions.Encryption;
using Rke.Gateway.Sessions.Initiating;
using Rke.Gateway.Sessions.Peers;
using Rke.Gateway.Sessions.Store;
using Rke.UdpBridge;

namespace Rke.Gateway.Sessions;

/// <summary>Adds the service <c>RkeSessionService</c> and the store of arrived sessions.</summary>
internal static class SessionRegistration
{
    public static void AddSessions(this IServiceCollection services, GatewayOptions options)
    {
        if (options.Of<RedisOptions>().IsConfigured)
        {
            services.AddSingleton<ISessionStore, RedisSessionStore>();
            services.AddSingleton<IInitiatedStore, RedisInitiatedStore>();
        }
        else
        {
            services.AddSingleton<ISessionStore>(provider => new InProcessSessionStore(
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IEntropySource>(),
                options.Of<SessionsOptions>().Capacity));
            services.AddSingleton<IInitiatedStore>(provider => new InProcessInitiatedStore(
                provider.GetRequiredService<TimeProvider>(), options.Of<SessionsOptions>().Capacity));
        }

        services.AddSingleton<SealingKeyRing>();
        if (options.Of<SessionsOptions>().SealingKey is not null)
        {
            services.AddSingleton<IReloadable>(provider => provider.GetRequiredService<SealingKeyRing>());
        }

        services.AddSingleton<SessionKeyEncryption>();
        services.AddSingleton<InMemoryKeys>();
        services.AddSingleton<ReplicaName>();
        services.AddSingleton<SessionMeter>();
        services.AddSingleton<SessionTickets>();
        services.AddSingleton<SessionOrigin>();
        services.AddSingleton<IProbedDomains, PeerDomains>();
        services.AddSingleton<SessionInbox>();
        services.AddSingleton<ResumableKeys>();
        services.AddSingleton<KeyExchange>();
        services.AddSingleton<SessionLister>();
        services.AddSingleton<SessionFeed>();
        services.AddSingleton<SessionWatch>();
        services.AddSingleton<ServerRanking>();
        services.AddSingleton<CommonServers>();
        services.AddSingleton<OrphanedParts>();
        services.AddHostedService(provider => provider.GetRequiredService<OrphanedParts>());
        services.AddSingleton<PartFailover>();
        services.AddSingleton<SessionInitiation>();
        services.AddSingleton<InitiatedSessions>();
        services.AddSingleton<RkeSessionGatewayService>();
    }

    /// <summary>Logs a warning if the gateway receives sessions and does not encrypt their keys at rest.</summary>
    public static void WarnOfUnencryptedKeys(this WebApplication app, GatewayOptions options)
    {
        if (options.Of<SessionsOptions>().SealingKey is null && options.Of<SignalOptions>().Listen is not null)
        {
            Log.SessionKeysUnencrypted(app.Logger, app.Services.GetRequiredService<ReplicaName>().Value);
        }
    }
}
