using System.Diagnostics;

namespace Rke.Gateway.Observability;

/// <summary>
/// The activity source "Rke.Gateway": the steps between a call or a Signal and its datagrams (docs/REQUEST-FLOW.md, Traces).
/// Without a listener, it creates no activities.
/// </summary>
internal static class GatewayActivities
{
    public const string Name = "Rke.Gateway";

    private const string Limiter = "rke.limiter";
    private const string Decision = "rke.decision";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Starts the activity of a Signal. It ends with the result of the Signal.</summary>
    public static Activity? StartSignal() => Source.StartActivity("rke.signal", ActivityKind.Server);

    public static void Collected(Activity? activity, int parts, int usedParts) =>
        activity?.SetTag("rke.parts", parts).SetTag("rke.used_parts", usedParts);

    /// <summary>Starts the activity of a limiter that uses Redis. It ends with the decision.</summary>
    public static Activity? StartLimiter() => Source.StartActivity(Limiter);

    public static void Decided(Activity? activity, string limiter, string decision) =>
        activity?.SetTag(Limiter, limiter).SetTag(Decision, decision);

    /// <summary>Adds the decision of a local limiter to the activity of the call, as an event without duration.</summary>
    public static void Decided(string limiter, string decision)
    {
        if (Source.HasListeners() && Activity.Current is { IsAllDataRequested: true } call)
        {
            call.AddEvent(new(Limiter, tags: new() { { Limiter, limiter }, { Decision, decision } }));
        }
    }
}
