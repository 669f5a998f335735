using System.Threading.Channels;
using Grpc.Core;
using Rke.Gateway.Configuration;
using Rke.Gateway.Errors;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Initiating;
using Rke.V1;

namespace Rke.Gateway.Services;

/// <summary>The RPCs of rke/v1/session.proto.</summary>
internal sealed class RkeSessionGatewayService(
    CallAdmission admission,
    SessionInitiation initiation,
    SessionInbox inbox,
    SessionWatch watch,
    SessionsSettings settings,
    IHostApplicationLifetime lifetime,
    TimeProvider timeProvider) : RkeSessionService.RkeSessionServiceBase
{
    private static readonly TimeSpan RetryWhenFull = TimeSpan.FromSeconds(1);

    // A session is looked up, posted and signalled, the receiver gets it before it answers, and there is one more try.
    private const int ExchangesOfSession = 6;

    private int _watchers;

    public override Task<InitiateSessionResponse> InitiateSession(
        InitiateSessionRequest request, ServerCallContext context) => admission.RunAsync(
        (asked, scope) => initiation.RunAsync(asked, new SessionSteps(tell: null, timeProvider), scope),
        request,
        context,
        ExchangesOfSession);

    public override Task InitiateSessionStream(
        InitiateSessionStreamRequest request,
        IServerStreamWriter<InitiateSessionStreamResponse> responseStream,
        ServerCallContext context) => admission.RunAsync(
        async (asked, scope) =>
        {
            // Bounded by the steps that a session can have.
            var steps = Channel.CreateUnbounded<InitiateSessionStreamResponse>();
            var telling = TellAsync(steps.Reader, responseStream, scope.Cancellation);
            try
            {
                return await initiation.RunAsync(
                    asked.Session ?? new(), new SessionSteps(step => steps.Writer.TryWrite(step), timeProvider), scope);
            }
            finally
            {
                steps.Writer.Complete();
                await telling;
            }
        },
        request,
        context,
        ExchangesOfSession);

    public override async Task WatchSessions(
        WatchSessionsRequest request, IServerStreamWriter<WatchSessionsResponse> responseStream, ServerCallContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            if (Interlocked.Increment(ref _watchers) > settings.MaxWatchers)
            {
                throw TooManyWatchers().ToException();
            }

            await watch.RunAsync(request, responseStream, context.CancellationToken, either.Token);
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw Stopping().ToException();
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }
    }

    public override Task<ClaimSessionResponse> ClaimSession(ClaimSessionRequest request, ServerCallContext context) =>
        admission.RunAsync((asked, scope) => inbox.ClaimAsync(asked.SessionId, scope), request, context);

    public override Task<GetSessionResponse> GetSession(GetSessionRequest request, ServerCallContext context) =>
        admission.RunAsync(
            async (asked, scope) => new GetSessionResponse
            {
                Session = await inbox.GetAsync(asked.SessionId, scope.Cancellation),
            },
            request,
            context);

    public override Task<CloseSessionResponse> CloseSession(CloseSessionRequest request, ServerCallContext context) =>
        admission.RunAsync(
            async (asked, scope) => new CloseSessionResponse
            {
                Session = await inbox.CloseAsync(asked.SessionId, scope.Cancellation),
            },
            request,
            context);

    private static async Task TellAsync(
        ChannelReader<InitiateSessionStreamResponse> steps,
        IServerStreamWriter<InitiateSessionStreamResponse> stream,
        CancellationToken cancellationToken)
    {
        await foreach (var step in steps.ReadAllAsync(cancellationToken))
        {
            await stream.WriteAsync(step, cancellationToken);
        }
    }

    private CallFailure TooManyWatchers() => new(
        StatusCode.ResourceExhausted, Reason.Overloaded, $"{settings.MaxWatchers} watches are open already.")
    {
        RetryAfter = RetryWhenFull,
        QuotaSubject = "watches",
    };

    private static CallFailure Stopping() => new(
        StatusCode.Unavailable, Reason.Stopping, "The gateway is shutting down; watch again with the last cursor.")
    {
        RetryAfter = RetryWhenFull,
    };
}
