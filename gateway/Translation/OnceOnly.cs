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

    /// <summary>Runs the work unless it was done; without a key always.</summary>
    public Task<TResponse> RunAsync<TResponse>(
        string key, IMessage request, MessageParser<TResponse> parser, Func<Task<TResponse>> work, CallScope scope)
        where TResponse : IMessage<TResponse> =>
        key.Length == 0 ? work() : RunOnceAsync(DigestOf(key, request), parser, work, scope);

    private async Task<TResponse> RunOnceAsync<TResponse>(
        RequestDigest request, MessageParser<TResponse> parser, Func<Task<TResponse>> work, CallScope scope)
        where TResponse : IMessage<TResponse>
    {
        var left = scope.Deadline - timeProvider.GetUtcNow();
        var claim = await store.ClaimAsync(request, left + Grace, scope.Cancellation).AsTask()
            .WaitAsync(left + Grace, timeProvider, scope.Cancellation);
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
