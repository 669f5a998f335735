using System.Diagnostics;

namespace Rke.Gateway.Observability;

/// <summary>
/// The activity source "Rke.Gateway": what happens between a call, or a Signal, and its datagrams (docs/REQUEST-FLOW.md, Traces).
/// While nobody listens it makes nothing.
/// </summary>
internal static class GatewayActivities
{
    public const string Name = "Rke.Gateway";

    private const string Limiter = "rke.limiter";
    private const string Decision = "rke.decision";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>A Signal is worked on; the activity ends when it can be answered.</summary>
    public static Activity? StartSignal() => Source.StartActivity("rke.signal", ActivityKind.Server);

    public static void Collected(Activity? activity, int parts, int usedParts) =>
        activity?.SetTag("rke.parts", parts).SetTag("rke.used_parts", usedParts);

    /// <summary>A limiter that has to ask somebody decides; the activity ends when it has.</summary>
    public static Activity? StartLimiter() => Source.StartActivity(Limiter);

    public static void Decided(Activity? activity, string limiter, string decision) =>
        activity?.SetTag(Limiter, limiter).SetTag(Decision, decision);

    /// <summary>A limiter has decided that asks nobody: it took no time, so the call's activity has an event.</summary>
    public static void Decided(string limiter, string decision)
    {
        if (Source.HasListeners() && Activity.Current is { IsAllDataRequested: true } call)
        {
            call.AddEvent(new(Limiter, tags: new() { { Limiter, limiter }, { Decision, decision } }));
        }
    }
}
