using Rke.Gateway.Accounts;
using Rke.Gateway.Admin;
using Rke.Gateway.Admission;
using Rke.Gateway.Background;
using Rke.Gateway.Calls;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.ConsoleLog;
using Rke.Gateway.Embedded;
using Rke.Gateway.Health;
using Rke.Gateway.Idempotency;
using Rke.Gateway.Identity;
using Rke.Gateway.Interceptors;
using Rke.Gateway.KeyServers;
using Rke.Gateway.Kme;
using Rke.Gateway.Listening;
using Rke.Gateway.Networks;
using Rke.Gateway.Observability;
using Rke.Gateway.Policy;
using Rke.Gateway.Probes;
using Rke.Gateway.Quotas;
using Rke.Gateway.Redis;
using Rke.Gateway.Reload;
using Rke.Gateway.Sessions;
using Rke.Gateway.Signals;
using Rke.Gateway.Targets;

namespace Rke.Gateway.Hosting;

/// <summary>Builds the gateway. It listens when the application starts.</summary>
internal static class GatewayApplication
{
    /// <param name="args">The command line: <c>--Rke:Grpc:Url=…</c> and so on.</param>
    /// <param name="configure">Further settings of the demonstration or of a test.</param>
    /// <param name="embedded">The network to use if no network is configured. Null creates one.</param>
    /// <exception cref="SettingsException">The configuration is invalid.</exception>
    public static async Task<WebApplication> BuildAsync(
        string[] args, Action<WebApplicationBuilder>? configure = null, EmbeddedNetwork? embedded = null)
    {
        var builder = WebApplication.CreateSlimBuilder([.. args, Defaults.NoReload]);
        builder.Configuration.AddDefaults();
        configure?.Invoke(builder);
        var options = ConfigurationSections.Read(builder.Configuration);
        if (options.Of<NetworksOptions>().Networks.Count == 0)
        {
            builder.Services.AddEmbedded(embedded ?? await EmbeddedNetwork.StartAsync(), options);
        }

        builder.Services.AddOptions(options);
        builder.Services.AddBackground();
        builder.Services.AddRedis(options);
        builder.Services.AddCoins(options);
        builder.Services.AddIdempotency(options);
        builder.Services.AddQuotas(options);
        builder.Services.AddKeyServers(options);
        builder.Services.AddProbes();
        builder.Services.AddTargets();
        builder.Services.AddAdmission();
        builder.Services.AddCalls();
        builder.Services.AddSessions(options);
        builder.Services.AddKme(options);
        builder.Services.AddSignals(options);
        builder.Services.AddAccounts(options);
        builder.Services.AddIdentity(options);
        builder.Services.AddPolicy(options);
        builder.Services.AddInterceptors(options);
        builder.Services.AddListening(options);
        builder.Services.AddReflection();
        builder.Services.AddGracefulShutdown(options);
        builder.Services.AddHealth(options);
        builder.Services.AddAdmin();
        builder.Services.AddObservability(options, builder.Configuration);
        builder.Services.AddReload();
        builder.Services.AddSettingsReload(builder.Configuration);
        builder.WebHost.Listen(options);
        builder.WebHost.ListenKme(options);

        builder.UseJsonLogs(options.Of<LoggingOptions>());
        builder.Services.AddConsoleLog();
        builder.DisableUnusedRequestScopes();
        builder.Services.AddLogRateLimit(options.Of<LoggingOptions>());
        var app = builder.Build();
        app.UseKme();
        app.UseFailedCallLog();
        app.UseCallLimits();
        app.UseGrpcWeb(options);
        app.UseObservability();
        app.UseCallPipeline();
        app.Services.GetRequiredService<ReloadService>().LoadAll();
        app.MapGrpcService<RkeGatewayService>(options.Of<WebOptions>());
        app.MapGrpcService<RkeSessionGatewayService>(options.Of<WebOptions>());
        app.MapAdmin(options);
        app.MapAccounts(options);
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        app.MapOperatorPages();
        app.LogAddresses();
        app.WarnOfWebWithoutTls(options);
        app.WarnOfUnencryptedKeys(options);
        return app;
    }
}
