namespace Rke.Gateway.Background;

/// <summary>Adds what background services share.</summary>
internal static class BackgroundRegistration
{
    public static void AddBackground(this IServiceCollection services) => services.AddSingleton<BackgroundFailures>();
}
