using System.Diagnostics;

namespace Rke.Gateway.Observability;

/// <summary>The activity source "Rke.Gateway": what happens between a call and its datagrams.</summary>
internal static class GatewayActivities
{
    public const string Name = "Rke.Gateway";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>A limiter decides; the activity ends when it has.</summary>
    public static Activity? StartLimiter(string limiter)
    {
        var activity = Source.StartActivity("rke.limiter");
        activity?.SetTag("rke.limiter", limiter);
        return activity;
    }

    public static void Decided(Activity? activity, string decision) => activity?.SetTag("rke.decision", decision);
}
