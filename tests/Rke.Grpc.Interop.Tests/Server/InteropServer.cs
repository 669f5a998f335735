using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rke.Gateway.Hosting;
using Rke.Gateway.Listening;

namespace Rke.Grpc.Interop.Tests;

/// <summary>A whole gateway that serves the test service of the gRPC interoperability tests beside its own services.</summary>
public sealed class InteropServer : IAsyncDisposable
{
    private static readonly string[] Arguments =
    [
        "--Rke:Grpc:Url=http://127.0.0.1:0", "--Rke:Http:Url=http://127.0.0.1:0",

        // The standard cases send messages of 265 KiB.
        "--Rke:Grpc:MaxMessageSize=4194304",
    ];

    private readonly WebApplication _application;

    private InteropServer(WebApplication application)
    {
        _application = application;
        Port = application.ListeningAddresses().Grpc.Port;
    }

    public int Port { get; }

    public CallWitness Witness => _application.Services.GetRequiredService<CallWitness>();

    public static async Task<InteropServer> StartAsync()
    {
        var application = await GatewayApplication.BuildAsync(Arguments, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddGrpc().AddServiceOptions<InteropTestService>(
                service => service.ResponseCompressionAlgorithm = "gzip");
            builder.Services.AddSingleton<CallWitness>();
        });
        application.MapGrpcService<InteropTestService>();
        await application.StartAsync();
        return new(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }
}
