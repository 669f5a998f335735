using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Errors;
using Rke.Gateway.Identity;
using Rke.Gateway.Policy;
using Rke.UdpBridge;

namespace Rke.Gateway.Admission;

/// <summary>Gives each call a deadline.</summary>
internal sealed class CallAdmission(IOptionsMonitor<AdmissionOptions> options, TimeProvider timeProvider)
{
    private static readonly TimeSpan MaxResponseReserve = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a call.</summary>
    /// <param name="exchanges">
    /// The number of exchanges that the call makes one after the other. The default deadline is multiplied by it.
    /// </param>
    public Task<TResponse> RunAsync<TRequest, TResponse>(
        Func<TRequest, CallScope, Task<TResponse>> work, TRequest request, ServerCallContext context, int exchanges = 1) =>
        RunPooledAsync((message, scope) => new ValueTask<TResponse>(work(message, scope)), request, context, exchanges);

    /// <summary>The same for work that needs no task.</summary>
    public async Task<TResponse> RunPooledAsync<TRequest, TResponse>(
        Func<TRequest, CallScope, ValueTask<TResponse>> work, TRequest request, ServerCallContext context, int exchanges = 1)
    {
        var callerDeadline = CallerDeadlineOf(context);
        try
        {
            return await work(request, ScopeOf(context, callerDeadline, exchanges));
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            throw MonotonicTime.Now(TimeProvider.System) >= callerDeadline
                ? new CallFailure(
                    StatusCode.DeadlineExceeded, Reason.RaidaTimeout, "The deadline of the call has passed.").ToException()
                : new RpcException(new Status(StatusCode.Cancelled, "The caller cancelled the call."));
        }
    }

    /// <summary>The scope of a stream without a deadline.</summary>
    public CallScope ScopeOf(ServerCallContext context) => ScopeOf(context, callerDeadline: null, exchanges: 1);

    // The call stops a little before the caller's deadline, so that the error arrives before the client times out.
    private CallScope ScopeOf(ServerCallContext context, MonotonicTime? callerDeadline, int exchanges)
    {
        var now = MonotonicTime.Now(timeProvider);
        var defaultDeadline = options.CurrentValue.DefaultDeadline * exchanges;
        var deadline = now + (defaultDeadline < AdmissionOptions.MaxDeadline ? defaultDeadline : AdmissionOptions.MaxDeadline);
        if (callerDeadline is { } ends)
        {
            var left = ends - MonotonicTime.Now(TimeProvider.System);
            var reserve = left / 10 < MaxResponseReserve ? left / 10 : MaxResponseReserve;
            deadline = left - reserve < AdmissionOptions.MaxDeadline ? now + (left - reserve) : now + AdmissionOptions.MaxDeadline;
        }

        var http = context.GetHttpContext();
        return new(deadline, context.CancellationToken) { Caller = CallerIdentity.Of(http), Permit = Permit.Of(http) };
    }

    // Grpc.AspNetCore computes the deadline from the system clock when the call arrives, so this does not use the injected
    // clock. Null if the caller has set no deadline.
    private static MonotonicTime? CallerDeadlineOf(ServerCallContext context) => context.Deadline == DateTime.MaxValue
        ? null
        : MonotonicTime.Now(TimeProvider.System) + (context.Deadline - TimeOfDay.Now(TimeProvider.System).UtcDateTime);
}
