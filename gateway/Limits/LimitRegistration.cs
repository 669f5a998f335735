using Rke.Gateway.Configuration;
using Rke.Gateway.State;

namespace Rke.Gateway.Limits;

/// <summary>What callers may do.</summary>
internal static class LimitRegistration
{
    public static void AddCallerLimits(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton<LocalCallerQuota>();
        services.AddSingleton<CallerQuotaInterceptor>();
        if (!settings.Redis.IsConfigured)
        {
            services.AddSingleton<ICallerQuota, InProcessCallerQuota>();
        }

        services.AddGrpc(options => options.Interceptors.Add<CallerQuotaInterceptor>());
    }
}
