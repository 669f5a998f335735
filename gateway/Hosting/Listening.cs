using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Rke.Gateway.Configuration;
using Rke.Gateway.Identity;

namespace Rke.Gateway.Hosting;

/// <summary>Where the gateway listens: the gRPC port, with or without TLS, and the HTTP port for pages.</summary>
internal static class Listening
{
    public static void Listen(this IWebHostBuilder host, GatewaySettings settings) => host.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;

        // Behind a proxy that ends TLS the scheme is https although the connection is not.
        kestrel.AllowAlternateSchemes = true;

        // Kestrel's 100 would make a client that has more calls under way open further connections.
        var connections = settings.Grpc.Connections;
        kestrel.Limits.Http2.MaxStreamsPerConnection = connections.MaxStreams;
        kestrel.Limits.Http2.KeepAlivePingDelay = connections.PingInterval;
        kestrel.Limits.Http2.KeepAlivePingTimeout = connections.PingTimeout;
        var isWeb = settings.Grpc.Web.IsEnabled && settings.Grpc.Url.IsTls;
        Listen(kestrel, settings.Grpc.Url, isWeb ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http2, Guard);
        Listen(kestrel, settings.Http.Url, HttpProtocols.Http1, settings.Grpc.IsWebOnHttpPort ? LimitConnections : null);
    });

    /// <summary>The addresses of a started gateway, with the ports that it really has.</summary>
    public static (Uri Grpc, Uri Http) ListeningAddresses(this WebApplication app) =>
        (new(app.Urls.First()), new(app.Urls.Last()));

    public static void SayWhereItListens(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var (grpc, http) = app.ListeningAddresses();
        Log.Listening(app.Logger, grpc.GetLeftPart(UriPartial.Authority), http.GetLeftPart(UriPartial.Authority));
    });

    /// <summary>Connections age by their calls, where they age.</summary>
    public static void UseConnectionAge(this WebApplication app)
    {
        if (app.Services.GetRequiredService<ConnectionSettings>().MaxAge is null)
        {
            return;
        }

        app.Use(next => context =>
        {
            context.Features.Get<ConnectionAge>()?.OnCall();
            return next(context);
        });
    }

    // Browsers have the same limits as other callers, and a count of their own.
    private static void LimitConnections(ListenOptions listen) =>
        Limit(listen, ActivatorUtilities.CreateInstance<GrpcConnections>(listen.ApplicationServices));

    private static void Limit(ListenOptions listen, GrpcConnections connections) =>
        listen.Use(next => connection => connections.RunAsync(connection, next));

    private static void Guard(ListenOptions listen)
    {
        Limit(listen, listen.ApplicationServices.GetRequiredService<GrpcConnections>());
        if (listen.ApplicationServices.GetService<ServerCertificates>() is { } certificates)
        {
            // UseHttps offers the protocols of the port.
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(certificates.Options),
            });
        }

        var timeProvider = listen.ApplicationServices.GetRequiredService<TimeProvider>();
        listen.Use(next => connection => LingeringClose.RunAsync(connection, next, timeProvider));
    }

    private static void Listen(
        KestrelServerOptions kestrel, ListenUrl url, HttpProtocols protocols, Action<ListenOptions>? configure = null) =>
        kestrel.Listen(new IPEndPoint(url.Address, url.Port), listen =>
        {
            listen.Protocols = protocols;
            configure?.Invoke(listen);
        });
}
