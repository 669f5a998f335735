using System.Net;
using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Rke.Grpc.Tests;

/// <summary>A real server on a free port, with a channel to it.</summary>
public sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoServer(WebApplication app, EchoService service, GrpcChannelOptions channelOptions)
    {
        _app = app;
        Service = service;
        Address = new Uri(app.Urls.Single());
        Channel = GrpcChannel.ForAddress(Address, channelOptions);
        Client = new Echo.EchoClient(Channel);
        Raw = new RawClient(Address);
    }

    public EchoService Service { get; }

    public Uri Address { get; }

    public GrpcChannel Channel { get; }

    public Echo.EchoClient Client { get; }

    public RawClient Raw { get; }

    public static async Task<EchoServer> StartAsync(
        Action<GrpcServiceOptions>? configure = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? map = null,
        Action<ListenOptions>? listen = null,
        GrpcChannelOptions? channel = null)
    {
        var service = new EchoService();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen ?? (options => options.Protocols = HttpProtocols.Http2)));
        builder.Services.AddGrpc(configure ?? (_ => { }));
        builder.Services.AddSingleton(service);
        services?.Invoke(builder.Services);

        var app = builder.Build();
        app.MapGrpcService<EchoService>();
        map?.Invoke(app);
        await app.StartAsync();
        return new EchoServer(app, service, channel ?? new GrpcChannelOptions());
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        Raw.Dispose();
        await _app.DisposeAsync();
    }
}
