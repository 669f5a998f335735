using Rke.UdpBridge.Streams;

namespace Rke.Gateway.Calls;

/// <summary>Adds the four RPCs of <c>RkeService</c>.</summary>
internal static class CallRegistration
{
    public static void AddCalls(this IServiceCollection services)
    {
        services.AddSingleton<KeyAudit>();
        services.AddSingleton<KeyMeter>();
        services.AddSingleton<CoinReserver>();
        services.AddSingleton<PostKeyCall>();
        services.AddSingleton<GetKeyCall>();
        services.AddSingleton<SignalCall>();
        services.AddSingleton<StreamClient>();
        services.AddSingleton<ExchangeCall>();
        services.AddSingleton<LookupCall>();
        services.AddSingleton<RkeGatewayService>();
    }
}
