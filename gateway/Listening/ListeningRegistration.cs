using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Rke.Gateway.Configuration;
using Rke.Gateway.Identity;

namespace Rke.Gateway.Listening;

/// <summary>The ports: the gRPC port, with or without TLS, and the HTTP port for operators.</summary>
internal static class ListeningRegistration
{
    private const int ReadBufferSize = 64 << 10;

    // The bytes of requests that a client may send before the gateway reads them. They are in memory, so all connections together
    // must fit. Kestrel's default is 1 MiB for each connection.
    private const int Window = 128 << 10;

    // Kestrel closes the connection if a call exceeds its limits of metadata. The gateway rejects only the call up to this multiple.
    private const int MetadataReserve = 4;

    private const int BytesPerMetadataEntry = 32;

    public static void AddListening(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<PeerDirectory>();
        services.AddSingleton(new StreamTotals(options.Of<ConnectionOptions>()));
        services.AddSingleton<GrpcConnections>();
        services.AddClearedMemory();
        services.AddGrpcWeb(options.Of<WebOptions>());

        // The bytes that Kestrel reads from a socket before it processes them. Its default is 1 MiB for each connection.
        services.Configure<SocketTransportOptions>(sockets => sockets.MaxReadBufferSize = ReadBufferSize);
    }

    public static void Listen(this IWebHostBuilder host, GatewayOptions options) => host.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;

        // Behind a proxy that terminates TLS, the scheme is https although the connection has no TLS.
        kestrel.AllowAlternateSchemes = true;

        var connections = options.Of<ConnectionOptions>();
        kestrel.Limits.Http2.MaxStreamsPerConnection = connections.MaxStreamsPerConnection;
        kestrel.Limits.Http2.InitialConnectionWindowSize = Window;
        kestrel.Limits.Http2.InitialStreamWindowSize = Window;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = MetadataReserve * connections.MaxMetadataSize;
        kestrel.Limits.MaxRequestHeadersTotalSize = MetadataReserve * connections.MaxMetadataSize;
        kestrel.Limits.MaxRequestHeaderCount = MetadataReserve * connections.MaxMetadataSize / BytesPerMetadataEntry;
        kestrel.Limits.RequestHeadersTimeout = connections.HandshakeTimeout;
        kestrel.Limits.Http2.KeepAlivePingDelay = connections.KeepAliveInterval;
        kestrel.Limits.Http2.KeepAlivePingTimeout = connections.KeepAliveTimeout;
        var (grpc, web) = (options.Of<GrpcOptions>(), options.Of<WebOptions>());
        var isWeb = web.Web && grpc.Url.IsTls;
        Listen(kestrel, grpc.Url, isWeb ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http2, ConfigureGrpcPort);
        Listen(kestrel, options.Of<HttpOptions>().Url, HttpProtocols.Http1, web.IsOnHttpPort(grpc) ? LimitConnections : null);
    });

    /// <summary>The addresses of a started gateway, with the actual ports.</summary>
    public static (Uri Grpc, Uri Http) ListeningAddresses(this WebApplication app) =>
        (new(app.Urls.First()), new(app.Urls.ElementAt(1)));

    public static void LogAddresses(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var (grpc, http) = app.ListeningAddresses();
        Log.Listening(app.Logger, grpc.GetLeftPart(UriPartial.Authority), http.GetLeftPart(UriPartial.Authority));
    });

    // The HTTP port has the same limits as the gRPC port, and its own count.
    private static void LimitConnections(ListenOptions listen) =>
        Limit(listen, ActivatorUtilities.CreateInstance<GrpcConnections>(listen.ApplicationServices));

    private static void Limit(ListenOptions listen, GrpcConnections connections) =>
        listen.Use(next => connection => connections.RunAsync(connection, next));

    private static void ConfigureGrpcPort(ListenOptions listen)
    {
        Limit(listen, listen.ApplicationServices.GetRequiredService<GrpcConnections>());
        if (listen.ApplicationServices.GetService<ServerCertificates>() is { } certificates)
        {
            // UseHttps offers the protocols of the port.
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(certificates.Options),
                HandshakeTimeout = listen.ApplicationServices.GetRequiredService<IOptions<ConnectionOptions>>().Value.HandshakeTimeout,
            });
        }

        var timeProvider = listen.ApplicationServices.GetRequiredService<TimeProvider>();
        listen.Use(next => connection => LingeringClose.RunAsync(connection, next, timeProvider));
        listen.Use(next => connection =>
        {
            var life = connection.Features.Get<ConnectionLife>()!;
            var streams = connection.Features.Get<OpenStreams>()!;
            var transport = connection.Transport;
            connection.Transport = new WrappedTransport(
                new Http2Reader(transport.Input, life, streams), new Http2Writer(transport.Output, life, streams));
            return next(connection);
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
