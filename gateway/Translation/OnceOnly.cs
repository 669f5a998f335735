using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Services;
using Rke.Gateway.State;

namespace Rke.Gateway.Translation;

/// <summary>Does a request with an idempotency key once, and gives its answer again as often as it is asked for.</summary>
internal sealed class OnceOnly(IIdempotencyStore store, TimeProvider timeProvider)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Runs the work unless it was done.</summary>
    public async Task<TResponse> RunAsync<TResponse>(
        string key, IMessage message, MessageParser<TResponse> parser, Func<Task<TResponse>> work, CallScope scope)
        where TResponse : IMessage<TResponse>
    {
        var request = DigestOf(key, message);
        var claim = await ClaimAsync(request, scope);
        switch (claim.Answer)
        {
            case IdempotencyAnswer.Done:
                return parser.ParseFrom(claim.Response.Span);
            case IdempotencyAnswer.Mismatch:
                throw Mismatch().ToException();
            case IdempotencyAnswer.Unavailable:
                throw CoinFailures.StateUnavailable().ToException();
            default:
                return await WorkAsync(request, claim.Ticket, work);
        }
    }

    // Whoever holds a claim has ended by its deadline; a moment later nobody can be at work any more.
    private async Task<IdempotencyClaim> ClaimAsync(RequestDigest request, CallScope scope)
    {
        using var deadline = new DeadlineSource(scope, timeProvider);
        var hold = scope.Deadline - timeProvider.GetUtcNow() + Grace;
        try
        {
            return await store.ClaimAsync(request, hold > Grace ? hold : Grace, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            throw new CallFailure(
                StatusCode.DeadlineExceeded,
                Reason.RaidaTimeout,
                "Another call with that idempotency key is still at work.").ToException();
        }
    }

    private async Task<TResponse> WorkAsync<TResponse>(RequestDigest request, ulong ticket, Func<Task<TResponse>> work)
        where TResponse : IMessage<TResponse>
    {
        try
        {
            var response = await work();
            await store.StoreAsync(request, ticket, response.ToByteArray());
            return response;
        }
        catch
        {
            await store.AbandonAsync(request, ticket);
            throw;
        }
    }

    private static RequestDigest DigestOf(string key, IMessage request)
    {
        // The bytes hold a key part.
        var bytes = GC.AllocateUninitializedArray<byte>(request.CalculateSize(), pinned: true);
        try
        {
            request.WriteTo(bytes.AsSpan());
            return RequestDigest.Of(key, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static CallFailure Mismatch() => new(
        StatusCode.AlreadyExists, Reason.IdempotencyMismatch, "The idempotency key belongs to another request.");
}
