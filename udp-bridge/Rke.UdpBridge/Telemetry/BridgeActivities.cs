using System.Diagnostics;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// The activity source "Rke.UdpBridge": one activity an exchange, and below it one a datagram sent. Nothing but
/// public numbers goes into them.
/// </summary>
internal static class BridgeActivities
{
    public const string Name = "Rke.UdpBridge";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Starts an exchange's activity below the caller's, without becoming the caller's current one.</summary>
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
        Locate(activity, address);
        return activity;
    }

    /// <summary>Ends the activity of the datagram before, and starts that of the next.</summary>
    public static void StartAttempt(PendingCall call, int attempt)
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
                Locate(call.AttemptActivity, call.Link.Address);
            }
        }

        Activity.Current = current;
    }

    /// <summary>Forgets the activity of a call that goes another way.</summary>
    public static void Discard(PendingCall call)
    {
        if (call.Activity is { } activity)
        {
            var current = Activity.Current;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            activity.Stop();
            Activity.Current = current;
        }
    }

    /// <summary>Ends both.</summary>
    /// <param name="exchange">Null when the caller gave up.</param>
    public static void Stop(PendingCall call, Exchange? exchange)
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

    // All datagrams of an exchange are the same bytes: an answer is told of the newest one.
    private static void EndAttempt(PendingCall call, string outcome, bool isAnswered) => call.AttemptActivity?
        .SetTag("rke.outcome", outcome)
        .SetStatus(isAnswered ? ActivityStatusCode.Ok : ActivityStatusCode.Error)
        .Stop();

    private static void Locate(Activity? activity, ServerAddress address) => activity?
        .SetTag("rke.network", (int)address.Network)
        .SetTag("rke.raida_id", (int)address.RaidaId)
        .SetTag("server.address", address.EndPoint.Address.ToString())
        .SetTag("server.port", address.EndPoint.Port)
        .SetTag("network.transport", "udp");
}
