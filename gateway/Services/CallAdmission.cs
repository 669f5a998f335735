using Grpc.Core;
using Rke.Gateway.Configuration;
using Rke.Gateway.Errors;
using Rke.Gateway.Identity;
using Rke.Gateway.Observability;
using Rke.Gateway.Policy;
using Rke.Gateway.Reload;

namespace Rke.Gateway.Services;

/// <summary>Lets a call in: not too many at a time, each with a deadline.</summary>
internal sealed class CallAdmission(LiveSettings settings, LimiterMeter meter, TimeProvider timeProvider)
{
    private static readonly TimeSpan MostSpare = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryWhenFull = TimeSpan.FromMilliseconds(100);

    private int _calls;

    /// <summary>Calls under way.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <param name="work">What it is let in for.</param>
    /// <param name="request">The call's.</param>
    /// <param name="context">The call's.</param>
    /// <param name="exchanges">
    /// Of how many calls' work it consists: without a deadline of the caller's it gets as much time.
    /// </param>
    public async Task<TResponse> RunAsync<TRequest, TResponse>(
        Func<TRequest, CallScope, Task<TResponse>> work, TRequest request, ServerCallContext context, int exchanges = 1)
    {
        try
        {
            if (Interlocked.Increment(ref _calls) > settings.MaxCalls)
            {
                Decided(LimiterMeter.Refused);
                throw Overloaded();
            }

            Decided(LimiterMeter.Admitted);
            return await work(request, ScopeOf(context, exchanges));
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            throw TimeLeft(context) <= TimeSpan.Zero
                ? new CallFailure(StatusCode.DeadlineExceeded, Reason.RaidaTimeout, "The deadline has passed.").ToException()
                : new RpcException(new Status(StatusCode.Cancelled, "The caller cancelled the call."));
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    private void Decided(string decision)
    {
        meter.OnDecided(LimiterMeter.Concurrency, decision);
        GatewayActivities.Decided(LimiterMeter.Concurrency, decision);
    }

    // The answer that says what went wrong must leave before the caller's own deadline ends the call.
    private CallScope ScopeOf(ServerCallContext context, int exchanges)
    {
        var now = timeProvider.GetUtcNow();
        var usual = settings.DefaultDeadline * exchanges;
        var deadline = now + (usual < GrpcSettings.LongestDeadline ? usual : GrpcSettings.LongestDeadline);
        if (context.Deadline != DateTime.MaxValue)
        {
            var left = TimeLeft(context);
            var spare = left / 10 < MostSpare ? left / 10 : MostSpare;
            deadline = left - spare < GrpcSettings.LongestDeadline ? now + left - spare : now + GrpcSettings.LongestDeadline;
        }

        var http = context.GetHttpContext();
        return new(deadline, context.CancellationToken) { Caller = CallerIdentity.Of(http), Permit = Permit.Of(http) };
    }

    // Grpc.AspNetCore computes the deadline with the system clock, whatever clock the gateway uses.
    private static TimeSpan TimeLeft(ServerCallContext context) =>
        context.Deadline - TimeProvider.System.GetUtcNow().UtcDateTime;

    private RpcException Overloaded() => new CallFailure(
        StatusCode.ResourceExhausted, Reason.Overloaded, $"{settings.MaxCalls} calls are under way already.")
    {
        RetryAfter = RetryWhenFull,
        QuotaSubject = "calls",
    }.ToException();
}
