using Rke.Gateway.Configuration;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Policy;

/// <summary>Adds the policy file: what each caller may call, and with which coins.</summary>
internal static class PolicyRegistration
{
    public static void AddPolicy(this IServiceCollection services, GatewayOptions options)
    {
        if (options.Of<PolicyOptions>().Path is null)
        {
            return;
        }

        services.AddReloadable<PolicyStore>();
        services.AddSingleton<AuthorizationMeter>();
    }
}
