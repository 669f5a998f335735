using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Listening;
using Rke.Gateway.Networks;
using Rke.Gateway.Redis;
using Rke.Gateway.Reload;
using Rke.Gateway.Sessions;

namespace Rke.Gateway.Kme;

/// <summary>Adds the KME and its port.</summary>
internal static class KmeRegistration
{
    // SAEs of one KME are few, and each keeps its connections.
    private const int MaxConnections = 1000;

    public static void AddKme(this IServiceCollection services, GatewayOptions options)
    {
        if (options.Of<KmeOptions>().Url is null)
        {
            return;
        }

        if (options.Of<RedisOptions>().IsConfigured)
        {
            services.AddSingleton<IKeyStock, RedisKeyStock>();
        }
        else
        {
            services.AddSingleton<IKeyStock, InProcessKeyStock>();
        }

        services.AddSingleton(provider => ReservedCoinsOf(options, provider.GetRequiredService<NetworkDirectory>()));
        services.AddReloadable<KmeCertificates>();
        services.AddSingleton<KmeDirectory>();
        services.AddSingleton<KmeMeter>();
        services.AddSingleton<SealedStock>();
        services.AddSingleton<ISessionTaker, ArrivedKeys>();
        services.AddSingleton<StockRefill>();
        services.AddHostedService(provider => provider.GetRequiredService<StockRefill>());
        services.AddSingleton<KmeApi>();
    }

    /// <summary>Listens on the KME port. Call it after the other ports, because their addresses are the first ones.</summary>
    public static void ListenKme(this IWebHostBuilder host, GatewayOptions options)
    {
        if (options.Of<KmeOptions>().Url is { } url)
        {
            host.ConfigureKestrel(kestrel => kestrel.Listen(new IPEndPoint(url.Address, url.Port), Configure));
        }
    }

    /// <summary>Requests of the KME port do not reach the other services of the gateway.</summary>
    public static void UseKme(this WebApplication app)
    {
        if (app.Services.GetService<KmeApi>() is not { } api)
        {
            return;
        }

        app.Use(next => context => context.Features.Get<KmeConnection>() is null ? next(context) : api.HandleAsync(context));
        app.Lifetime.ApplicationStarted.Register(() => Log.Listening(
            app.Logger,
            app.Services.GetRequiredService<IOptions<KmeOptions>>().Value.Id,
            app.KmeAddress().GetLeftPart(UriPartial.Authority)));
    }

    /// <summary>The address of the KME port of a started gateway.</summary>
    public static Uri KmeAddress(this WebApplication app) => new(app.Urls.Last());

    private static void Configure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        var connections = 0;
        listen.Use(next => async connection =>
        {
            try
            {
                if (Interlocked.Increment(ref connections) > MaxConnections)
                {
                    connection.Abort(new ConnectionAbortedException($"{MaxConnections} connections of SAEs are open."));
                    return;
                }

                connection.Features.Set(new KmeConnection());
                await next(connection);
            }
            finally
            {
                Interlocked.Decrement(ref connections);
            }
        });
        var certificates = listen.ApplicationServices.GetRequiredService<KmeCertificates>();
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(certificates.Options),
            HandshakeTimeout = listen.ApplicationServices.GetRequiredService<IOptions<ConnectionOptions>>().Value.HandshakeTimeout,
        });
    }

    private static ReservedCoins ReservedCoinsOf(GatewayOptions options, NetworkDirectory networks) => new(
    [
        .. options.Of<KmeOptions>().Pairs.SelectMany(pair =>
            pair.Coins.Select(coins => (pair.Network ?? networks.Default.Id, coins))),
    ]);

    /// <summary>Marks the connections of the KME port.</summary>
    private sealed class KmeConnection;
}
