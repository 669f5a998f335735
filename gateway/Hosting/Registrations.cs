using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Embedded;
using Rke.Gateway.Identity;
using Rke.Gateway.Lookup;
using Rke.Gateway.Networks;
using Rke.Gateway.Observability;
using Rke.Gateway.Policy;
using Rke.Gateway.Reload;
using Rke.Gateway.Services;
using Rke.Gateway.State;
using Rke.Gateway.Targets;
using Rke.Gateway.Translation;
using Rke.UdpBridge;

namespace Rke.Gateway.Hosting;

/// <summary>What each room brings.</summary>
internal static class Registrations
{
    /// <summary>A network in this process; gives the settings as if it had been configured.</summary>
    public static GatewaySettings AddEmbedded(
        this IServiceCollection services, EmbeddedNetwork network, GatewaySettings settings)
    {
        services.AddSingleton(network);
        services.AddHostedService<EmbeddedLife>();
        return settings with
        {
            Networks = [network.Settings],
            Targets = EmbeddedNetwork.AllowLoopback(settings.Targets),
        };
    }

    public static void AddSettings(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton(settings.Keys);
        services.AddSingleton(new LiveSettings(settings));
        services.AddSingleton(settings.Telemetry);
    }

    public static void AddBridge(this IServiceCollection services, GatewaySettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IEntropySource, SystemEntropy>();
        services.AddSingleton<INonceSource, ProcessNonceSource>();
        services.AddSingleton(settings.Bridge);
        services.AddSingleton<UdpBridge.UdpBridge>();
    }

    public static void AddCoins(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton<CoinShelf>();
        if (settings.Keys.Path is { } path)
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<KeyFolder>(provider, path));
            services.AddHostedService<KeyFolderWatch>();
        }
    }

    public static void AddState(this IServiceCollection services, GatewaySettings settings)
    {
        if (settings.Redis.IsConfigured)
        {
            services.AddRedisState(settings);
            return;
        }

        services.AddSingleton<InProcessCoinState>();
        services.AddSingleton<ICoinState>(provider => provider.GetRequiredService<InProcessCoinState>());
        services.AddSingleton<ICoinCensus>(provider => provider.GetRequiredService<InProcessCoinState>());
        services.AddSingleton<IIdempotencyStore>(provider => new InProcessIdempotencyStore(
            provider.GetRequiredService<TimeProvider>(), settings.Idempotency.Keep, settings.Idempotency.Capacity));
    }

    public static void AddNetworks(this IServiceCollection services)
    {
        services.AddSingleton<NetworkDirectory>();
        services.AddSingleton<HostAddresses>();
        services.AddSingleton<TargetGuard>();
        services.AddHostedService<ServerNamesWatch>();
    }

    public static void AddTranslation(this IServiceCollection services)
    {
        services.AddSingleton<ServerLinks>();
        services.AddSingleton<Seals>();
        services.AddSingleton<CoinReservations>();
        services.AddSingleton<OnceOnly>();
        services.AddSingleton<ResponseIvCanary>();
        services.AddSingleton<ResponseIvs>();
        services.AddSingleton<RaidaFinder>();
        services.AddSingleton<GetKeyTargets>();
        services.AddSingleton<SignalTargets>();
        services.AddSingleton<PostKeyTranslation>();
        services.AddSingleton<GetKeyTranslation>();
        services.AddSingleton<SignalTranslation>();
        services.AddSingleton<LookupTranslation>();

        // Links need addresses, addresses need lookups, and lookups need links.
        services.AddSingleton(provider => new Lazy<ServerLinks>(provider.GetRequiredService<ServerLinks>));
        services.AddSingleton<NamePoll>();
        services.AddSingleton<IRecordSource, RaidaRecordSource>();
    }

    public static void AddServices(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton<CallAdmission>();
        services.AddSingleton(settings.Grpc.Connections);
        services.AddSingleton<GrpcConnections>();
        services.AddSingleton(settings.Grpc.Drain);
        services.AddHostedService<Drain>();
        services.PostConfigure<HostOptions>(host =>
            host.ShutdownTimeout = (settings.Grpc.Drain.Timeout ?? host.ShutdownTimeout) + settings.Grpc.Drain.Delay);
        services.AddSingleton<RkeGatewayService>();
        services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = settings.Grpc.MaxMessageSize;
            options.Interceptors.Add<ReasonInterceptor>();
            options.Interceptors.Add<StreamDrainInterceptor>();
            options.Interceptors.Add<IdentityInterceptor>();
            if (settings.Policy.Path is not null)
            {
                options.Interceptors.Add<AuthorizationInterceptor>();
            }
        });
        services.AddReflection();
    }

    /// <summary>Who calls, over what, and what it may do.</summary>
    public static void AddIdentity(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton(settings.Identity);
        services.AddSingleton<CallerIdentification>();
        services.AddSingleton<IdentityInterceptor>();
        services.AddSingleton<ReasonInterceptor>();
        services.AddSingleton<StreamDrainInterceptor>();
        if (settings.Grpc.Tls is { } tls)
        {
            services.AddSingleton(tls);
            services.AddReloadable<ServerCertificates>();
        }

        if (settings.Identity.Tokens is { } tokens)
        {
            services.AddSingleton(tokens);
            services.AddReloadable<TokenValidation>();
        }

        if (settings.Policy.Path is not null)
        {
            services.AddSingleton(settings.Policy);
            services.AddReloadable<PolicyStore>();
            services.AddSingleton<AuthorizationMeter>();
            services.AddSingleton<AuthorizationInterceptor>();
        }
    }

    /// <summary>What is read again when its files change.</summary>
    public static void AddReload(
        this IServiceCollection services, GatewaySettings settings, ConfigurationManager configuration)
    {
        services.AddSingleton(settings.Reload);
        services.AddSingleton(configuration);
        services.AddReloadable<SettingsFiles>();
        services.AddSingleton<ReloadWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ReloadWatch>());
    }

    private static void AddReloadable<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TReloadable>(
        this IServiceCollection services)
        where TReloadable : class, IReloadable
    {
        services.AddSingleton<TReloadable>();
        services.AddSingleton<IReloadable>(provider => provider.GetRequiredService<TReloadable>());
    }
}
