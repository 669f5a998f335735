using Rke.Gateway.Configuration;
using Rke.Gateway.Embedded;
using Rke.Gateway.Json;
using Rke.Gateway.Listening;
using Rke.Gateway.Policy;

namespace Rke.Gateway.Admin;

/// <summary>Adds the service for operators.</summary>
internal static class AdminRegistration
{
    public static void AddAdmin(this IServiceCollection services)
    {
        services.AddSingleton<ServerList>();
        services.AddSingleton<CoinList>();
        services.AddSingleton<StatusReport>();
        services.AddSingleton<RecentFailures>();
        services.AddSingleton<SessionCounts>();
        services.AddSingleton<StatusPage>();
    }

    public static void MapAdmin(this WebApplication app, GatewayOptions options)
    {
        var admin = options.Of<AdminOptions>();
        var isServed = admin.Enabled
            || options.Of<PolicyOptions>().Path is not null
            || app.Services.GetService<EmbeddedNetwork>() is not null;
        if (isServed)
        {
            app.MapGrpcService<RkeAdminGatewayService>(options.Of<WebOptions>()).WithJson(app);
        }

        if (admin.Page)
        {
            app.Services.GetRequiredService<StatusPage>().Map(app);
        }

        if (isServed || admin.Page)
        {
            // They count from the start.
            app.Services.GetRequiredService<RecentFailures>();
            app.Services.GetRequiredService<SessionCounts>();
        }
    }
}
