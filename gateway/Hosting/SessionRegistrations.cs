using Rke.Gateway.Configuration;
using Rke.Gateway.Reload;
using Rke.Gateway.Services;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Initiating;
using Rke.Gateway.Sessions.Sealing;
using Rke.Gateway.Sessions.Store;
using Rke.Gateway.Signalling;
using Rke.UdpBridge;

namespace Rke.Gateway.Hosting;

/// <summary>What sessions bring, and the listener where one is configured.</summary>
internal static class SessionRegistrations
{
    public static void AddSessions(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton(settings.Sessions);
        if (settings.Redis.IsConfigured)
        {
            services.AddSingleton<ISessionStore, RedisSessionStore>();
        }
        else
        {
            services.AddSingleton<ISessionStore>(provider => new InProcessSessionStore(
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IEntropySource>(),
                settings.Sessions.Capacity));
        }

        services.AddSingleton<SealingKeyRing>();
        if (settings.Sessions.SealingKeys is not null)
        {
            services.AddSingleton<IReloadable>(provider => provider.GetRequiredService<SealingKeyRing>());
        }

        services.AddSingleton<SessionSeal>();
        services.AddSingleton<LocalKeys>();
        services.AddSingleton<Replica>();
        services.AddSingleton<SessionMeter>();
        services.AddSingleton<SessionInbox>();
        services.AddSingleton<SessionWatch>();
        services.AddSingleton<ServerRecord>();
        services.AddSingleton<CommonServers>();
        services.AddSingleton<Leftovers>();
        services.AddHostedService(provider => provider.GetRequiredService<Leftovers>());
        services.AddSingleton<PartPosting>();
        services.AddSingleton<SessionInitiation>();
        services.AddSingleton<RkeSessionGatewayService>();
    }

    public static void AddSignalling(this IServiceCollection services, GatewaySettings settings)
    {
        if (settings.Signal.Listen is null)
        {
            return;
        }

        services.AddSingleton<SourceLimits>();
        services.AddSingleton(_ => new SignalMemory());
        services.AddSingleton<SharedSignals>();
        services.AddSingleton<PartCollection>();
        services.AddSingleton<SignalDesk>();
        services.AddSingleton<SignalListener>();
        services.AddHostedService(provider => provider.GetRequiredService<SignalListener>());
    }

    /// <summary>Says so where keys of sessions that arrive are not sealed.</summary>
    public static void SayHowKeysAreKept(this WebApplication app)
    {
        if (app.Services.GetRequiredService<SessionsSettings>().SealingKeys is null
            && app.Services.GetRequiredService<LiveSettings>().Signal.Listen is not null)
        {
            Log.SessionsUnsealed(app.Logger, app.Services.GetRequiredService<Replica>().Name);
        }
    }
}
