using System.Diagnostics;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// The activity source "Rke.UdpBridge": one activity for each exchange, with one child for each datagram sent. The
/// activities contain no secrets.
/// </summary>
internal static class BridgeActivities
{
    public const string Name = "Rke.UdpBridge";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>
    /// Starts the activity of an exchange as a child of the current activity, which stays the current one.
    /// </summary>
    public static Activity? StartExchange(ServerAddress address, WireCommand command)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var current = Activity.Current;
        var activity = Source.StartActivity("rke.udp.exchange", ActivityKind.Client);
        Activity.Current = current;
        activity?.SetTag("rke.command", command.ToString());
        SetServer(activity, address);
        return activity;
    }

    /// <summary>Ends the activity of the previous datagram, and starts the activity of the next one.</summary>
    public static void StartAttempt(ServerCall call, int attempt)
    {
        if (call.Activity is not { } exchange)
        {
            return;
        }

        var current = Activity.Current;
        lock (exchange)
        {
            if (!exchange.IsStopped)
            {
                EndAttempt(call, "Unanswered", isAnswered: false);
                call.AttemptActivity = Source.StartActivity("rke.udp.attempt", ActivityKind.Client, exchange.Context);
                call.AttemptActivity?.SetTag("rke.attempt", attempt);
                SetServer(call.AttemptActivity, call.Link.Address);
            }
        }

        Activity.Current = current;
    }

    /// <summary>Ends the activity of a call that another link sends. It is not exported.</summary>
    public static void Discard(ServerCall call)
    {
        if (call.Activity is { } activity)
        {
            var current = Activity.Current;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            activity.Stop();
            Activity.Current = current;
        }
    }

    /// <summary>Ends the activity of the exchange and that of its last datagram.</summary>
    /// <param name="exchange">Null if the caller cancelled the exchange.</param>
    public static void Stop(ServerCall call, Exchange? exchange)
    {
        if (call.Activity is not { } activity)
        {
            return;
        }

        var isAnswered = exchange?.Outcome == ExchangeOutcome.Answered;
        var outcome = exchange?.Outcome.ToString() ?? "Cancelled";
        var current = Activity.Current;
        lock (activity)
        {
            EndAttempt(call, outcome, isAnswered);
            activity.SetTag("rke.outcome", outcome).SetTag("rke.attempts", call.Attempts);
            if (exchange is { Outcome: ExchangeOutcome.Answered or ExchangeOutcome.Hinted })
            {
                activity.SetTag("rke.status", exchange.Status.ToString());
            }

            activity.SetStatus(isAnswered ? ActivityStatusCode.Ok : ActivityStatusCode.Error).Stop();
        }

        Activity.Current = current;
    }

    // All datagrams of an exchange have the same bytes, so a response is attributed to the last one.
    private static void EndAttempt(ServerCall call, string outcome, bool isAnswered) => call.AttemptActivity?
        .SetTag("rke.outcome", outcome)
        .SetStatus(isAnswered ? ActivityStatusCode.Ok : ActivityStatusCode.Error)
        .Stop();

    private static void SetServer(Activity? activity, ServerAddress address) => activity?
        .SetTag("rke.network", (int)address.Network)
        .SetTag("rke.raida_id", (int)address.RaidaId)
        .SetTag("server.address", address.EndPoint.Address.ToString())
        .SetTag("server.port", address.EndPoint.Port)
        .SetTag("network.transport", "udp");
}
