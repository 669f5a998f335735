using Rke.Gateway.Configuration;
using Rke.Gateway.Redis;

namespace Rke.Gateway.Quotas;

/// <summary>Adds the quotas of callers.</summary>
internal static class QuotaRegistration
{
    public static void AddQuotas(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<LocalCallerQuota>();
        if (options.Of<RedisOptions>().IsConfigured)
        {
            services.AddSingleton<ICallerQuota, RedisCallerQuota>();
        }
        else
        {
            services.AddSingleton<ICallerQuota, InProcessCallerQuota>();
        }
    }
}
