using Rke.Gateway.Configuration;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Identity;

/// <summary>Adds the TLS certificates, and the names of callers.</summary>
internal static class IdentityRegistration
{
    public static void AddIdentity(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<CallerIdentification>();
        if (options.Of<GrpcOptions>().Url.IsTls)
        {
            services.AddReloadable<ServerCertificates>();
        }

        if (options.Of<TokenOptions>().IsConfigured)
        {
            services.AddReloadable<TokenValidation>();
        }
    }
}
