using System.Diagnostics.CodeAnalysis;

namespace Rke.Gateway.Reload;

/// <summary>Adds the reload of files that change.</summary>
internal static class ReloadRegistration
{
    public static void AddReload(this IServiceCollection services)
    {
        services.AddSingleton<ReloadMeter>();
        services.AddSingleton<ReloadService>();
        services.AddHostedService(provider => provider.GetRequiredService<ReloadService>());
    }

    /// <summary>Adds a service whose files are reloaded.</summary>
    public static void AddReloadable<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TReloadable>(
        this IServiceCollection services)
        where TReloadable : class, IReloadable
    {
        services.AddSingleton<TReloadable>();
        services.AddSingleton<IReloadable>(provider => provider.GetRequiredService<TReloadable>());
    }
}
