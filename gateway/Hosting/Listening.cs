using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rke.Gateway.Configuration;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Hosting;

/// <summary>Where the gateway listens: one port for gRPC over HTTP/2 without TLS, one for plain HTTP.</summary>
internal static class Listening
{
    // Kestrel's 100 would make a client that has more calls under way open further connections.
    private const int StreamsPerConnection = 1024;

    public static void Listen(this IWebHostBuilder host, GatewaySettings settings) => host.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;

        // Behind a proxy that ends TLS the scheme is https although the connection is not.
        kestrel.AllowAlternateSchemes = true;
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        Listen(kestrel, settings.Grpc.Url, HttpProtocols.Http2, CountConnections);
        Listen(kestrel, settings.Http.Url, HttpProtocols.Http1);
    });

    /// <summary>The addresses of a started gateway, with the ports that it really has.</summary>
    public static (Uri Grpc, Uri Http) ListeningAddresses(this WebApplication app) =>
        (new(app.Urls.First()), new(app.Urls.Last()));

    public static void SayWhereItListens(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var (grpc, http) = app.ListeningAddresses();
        Log.Listening(app.Logger, grpc.GetLeftPart(UriPartial.Authority), http.GetLeftPart(UriPartial.Authority));
    });

    private static void CountConnections(ListenOptions listen)
    {
        var meter = listen.ApplicationServices.GetRequiredService<CallMeter>();
        listen.Use(next => async connection =>
        {
            meter.OnConnected();
            try
            {
                await next(connection);
            }
            finally
            {
                meter.OnDisconnected();
            }
        });
    }

    private static void Listen(
        KestrelServerOptions kestrel, ListenUrl url, HttpProtocols protocols, Action<ListenOptions>? configure = null) =>
        kestrel.Listen(new IPEndPoint(url.Address, url.Port), listen =>
        {
            listen.Protocols = protocols;
            configure?.Invoke(listen);
        });
}
