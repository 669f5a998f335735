using Rke.Gateway.Observability;

namespace Rke.Gateway.Admission;

/// <summary>Adds the limit of calls in flight, and the deadline of each call.</summary>
internal static class AdmissionRegistration
{
    public static void AddAdmission(this IServiceCollection services)
    {
        services.AddSingleton<LimiterMeter>();
        services.AddSingleton<CallsInFlight>();
        services.AddSingleton<CallAdmission>();
    }
}
