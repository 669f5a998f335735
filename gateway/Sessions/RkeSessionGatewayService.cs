using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Rke.Gateway.Admission;
using Rke.Gateway.Calls;
using Rke.Gateway.Errors;
using Rke.Gateway.Sessions.Initiating;
using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>The RPCs of rke/v1/session.proto.</summary>
internal sealed class RkeSessionGatewayService(
    CallAdmission admission,
    InitiatedSessions initiated,
    SessionInbox inbox,
    SessionLister lister,
    SessionWatch watch,
    IOptions<SessionsOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider timeProvider) : RkeSessionService.RkeSessionServiceBase
{
    private static readonly TimeSpan RetryWhenFull = TimeSpan.FromSeconds(1);

    // Lookup, post, Signal, and the receiver's GetKey before its answer, with time for retries.
    private const int ExchangesPerSession = 6;

    private int _watchers;

    public override Task<InitiateSessionResponse> InitiateSession(
        InitiateSessionRequest request, ServerCallContext context) => admission.RunAsync(
        (message, scope) => initiated.RunAsync(message, new SessionProgress(report: null, timeProvider), scope),
        request,
        context,
        ExchangesPerSession);

    public override Task InitiateSessionStream(
        InitiateSessionStreamRequest request,
        IServerStreamWriter<InitiateSessionStreamResponse> responseStream,
        ServerCallContext context) => admission.RunAsync(
        async (message, scope) =>
        {
            // A session has a bounded number of steps.
            var steps = Channel.CreateUnbounded<InitiateSessionStreamResponse>();
            var writing = WriteStepsAsync(steps.Reader, responseStream, scope.Cancellation);
            InitiateSessionResponse? response = null;
            try
            {
                return response = await initiated.RunAsync(
                    message.Session ?? new(), new SessionProgress(step => steps.Writer.TryWrite(step), timeProvider), scope);
            }
            finally
            {
                steps.Writer.Complete();
                try
                {
                    await writing;
                }
                finally
                {
                    // The last step has the response.
                    MessageSecrets.Clear(response);
                }
            }
        },
        request,
        context,
        ExchangesPerSession);

    public override async Task WatchSessions(
        WatchSessionsRequest request, IServerStreamWriter<WatchSessionsResponse> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            if (Interlocked.Increment(ref _watchers) > options.Value.MaxWatchers)
            {
                throw TooManyWatchers().ToException();
            }

            await watch.RunAsync(request, responseStream, admission.ScopeOf(context), stop.Token);
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
        admission.RunAsync(inbox.ClaimAsync, request, context);

    public override Task<AcknowledgeSessionResponse> AcknowledgeSession(
        AcknowledgeSessionRequest request, ServerCallContext context) => admission.RunAsync(AcknowledgeAsync, request, context);

    public override Task<ListSessionsResponse> ListSessions(ListSessionsRequest request, ServerCallContext context) =>
        admission.RunAsync(lister.ListAsync, request, context);

    public override Task<GetSessionResponse> GetSession(GetSessionRequest request, ServerCallContext context) =>
        admission.RunAsync(GetAsync, request, context);

    public override Task<CloseSessionResponse> CloseSession(CloseSessionRequest request, ServerCallContext context) =>
        admission.RunAsync(
            async (message, scope) => new CloseSessionResponse
            {
                Session = await inbox.CloseAsync(message.SessionId, scope),
            },
            request,
            context);

    private async Task<GetSessionResponse> GetAsync(GetSessionRequest request, CallScope scope)
    {
        var id = SessionInbox.CheckId(request.SessionId);
        var found = request.Initiated ? null : await inbox.GetAsync(id, scope);
        return new() { Session = found ?? await initiated.GetAsync(id, scope) ?? throw SessionInbox.NotFound().ToException() };
    }

    // A gateway can be both sides of a session.
    private async Task<AcknowledgeSessionResponse> AcknowledgeAsync(AcknowledgeSessionRequest request, CallScope scope)
    {
        var bad = new BadFields();
        bad.CheckSessionId(request.SessionId);
        bad.Check(request.IdempotencyKey.Length > 0, "idempotency_key", "must not be empty");
        bad.CheckIdempotencyKey(request.IdempotencyKey);
        bad.ThrowIfAny();
        var id = SessionIds.TextOf(request.SessionId);
        var claimed = await inbox.AcknowledgeAsync(id, request.IdempotencyKey, scope);
        var made = await initiated.AcknowledgeAsync(id, request.IdempotencyKey, scope);
        return new() { Session = claimed ?? made ?? throw NotYours(id).ToException() };
    }

    // The same error for an unknown session, and for one that another caller claimed.
    private static CallFailure NotYours(string id) => new(
        StatusCode.NotFound,
        Reason.SessionNotFound,
        "The session is unknown, has expired, or was not claimed or initiated by this caller with this idempotency key.")
    {
        SessionId = id,
    };

    private static async Task WriteStepsAsync(
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
        StatusCode.ResourceExhausted,
        Reason.Overloaded,
        $"This replica serves {options.Value.MaxWatchers} watches, the maximum of Rke:Sessions:MaxWatchers.")
    {
        RetryAfter = RetryWhenFull,
        QuotaSubject = "watches",
    };

    private static CallFailure Stopping() => new(
        StatusCode.Unavailable, Reason.Stopping, "The gateway is stopping. Call WatchSessions again with the last cursor.")
    {
        RetryAfter = RetryWhenFull,
    };
}
