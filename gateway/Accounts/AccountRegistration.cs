using Rke.Gateway.Configuration;
using Rke.Gateway.Listening;

namespace Rke.Gateway.Accounts;

/// <summary>Adds the service <c>RkeAccountService</c>, if it is enabled.</summary>
internal static class AccountRegistration
{
    public static void AddAccounts(this IServiceCollection services, GatewayOptions options)
    {
        if (!options.Of<AccountsOptions>().Enabled)
        {
            return;
        }

        services.AddSingleton<FreeAccounts>();
        services.AddSingleton<PaidAccounts>();
        services.AddSingleton<AccountCheck>();
        services.AddSingleton<AccountFile>();
        services.AddSingleton<OpenAccountCall>();
        services.AddSingleton<RkeAccountGatewayService>();
    }

    public static void MapAccounts(this WebApplication app, GatewayOptions options)
    {
        if (options.Of<AccountsOptions>().Enabled)
        {
            app.MapGrpcService<RkeAccountGatewayService>(options.Of<WebOptions>());
        }
    }
}
