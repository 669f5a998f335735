namespace Rke.Gateway.Targets;

/// <summary>Adds the checks of the hosts that callers name.</summary>
internal static class TargetRegistration
{
    public static void AddTargets(this IServiceCollection services)
    {
        services.AddSingleton<TargetAllowList>();
        services.AddSingleton<GetKeyTargetFinder>();
        services.AddSingleton<SignalTargetFinder>();
    }
}
