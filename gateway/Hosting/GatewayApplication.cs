using Rke.Gateway.Configuration;
using Rke.Gateway.Embedded;
using Rke.Gateway.Health;
using Rke.Gateway.Limits;
using Rke.Gateway.Lookup;
using Rke.Gateway.Observability;
using Rke.Gateway.Reload;
using Rke.Gateway.Services;

namespace Rke.Gateway.Hosting;

/// <summary>The whole gateway as one application; it listens when it is started.</summary>
internal static class GatewayApplication
{
    /// <param name="args">The command line: <c>--Rke:Grpc:Url=…</c> and so on.</param>
    /// <param name="configure">What a demonstration or a test sets besides.</param>
    /// <param name="embedded">The network to use where none is configured; null = a new one.</param>
    /// <exception cref="SettingsException">The configuration is wrong.</exception>
    public static async Task<WebApplication> BuildAsync(
        string[] args, Action<WebApplicationBuilder>? configure = null, EmbeddedNetwork? embedded = null)
    {
        var builder = WebApplication.CreateSlimBuilder([.. args, Defaults.NoReload]);
        builder.Configuration.AddDefaults();
        configure?.Invoke(builder);
        var settings = GatewaySettings.Read(builder.Configuration);
        if (settings.IsEmbedded)
        {
            settings = builder.Services.AddEmbedded(embedded ?? await EmbeddedNetwork.StartAsync(), settings);
        }

        builder.Services.AddSettings(settings);
        builder.Services.AddBridge(settings);
        builder.Services.AddLookup();
        builder.Services.AddCoins(settings);
        builder.Services.AddState(settings);
        builder.Services.AddNetworks();
        builder.Services.AddTranslation();
        builder.Services.AddIdentity(settings);
        builder.Services.AddServices(settings);
        builder.Services.AddGrpcWeb(settings.Grpc.Web);
        builder.Services.AddCallerLimits(settings);
        builder.Services.AddSessions(settings);
        builder.Services.AddSignalling(settings);
        builder.Services.AddHealth(settings);
        builder.Services.AddObservability(settings.Telemetry, builder.Configuration);
        builder.Services.AddReload(settings, builder.Configuration);
        builder.WebHost.Listen(settings);

        builder.UseJsonLogs(settings.Logging);
        var app = builder.Build();
        app.UseConnectionAge();
        app.UseGrpcWeb(settings.Grpc);
        app.UseObservability();
        app.Services.GetRequiredService<ReloadWatch>().LoadAll();
        app.MapGrpcService<RkeGatewayService>(settings.Grpc.Web);
        app.MapGrpcService<RkeSessionGatewayService>(settings.Grpc.Web);
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        app.MapHealthPages();
        app.MapMetrics();
        app.SayWhereItListens();
        app.WarnOfWebInTheClear(settings);
        app.SayHowKeysAreKept();
        return app;
    }
}
