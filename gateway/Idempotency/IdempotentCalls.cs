using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Rke.Gateway.Admission;
using Rke.Gateway.Errors;
using Rke.UdpBridge;

namespace Rke.Gateway.Idempotency;

/// <summary>
/// Runs a request with an idempotency key once, and returns the stored response to repeated requests of the same caller.
/// </summary>
internal sealed class IdempotentCalls(IIdempotencyStore store, TimeProvider timeProvider)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Runs the work, unless the store has the response.</summary>
    /// <param name="check">
    /// Throws if the caller may not have a stored response. The policy may have changed since the response was stored.
    /// </param>
    public async Task<TResponse> RunAsync<TResponse>(
        IdempotentRequest request,
        MessageParser<TResponse> parser,
        Func<Task<TResponse>> work,
        Action<TResponse> check,
        CallScope scope)
        where TResponse : IMessage<TResponse>
    {
        var digest = request.Digest(scope);
        var claim = await ClaimAsync(digest, scope);
        switch (claim.Answer)
        {
            case IdempotencyAnswer.Done:
                var response = parser.ParseFrom(claim.Response.Span);
                check(response);
                return response;
            case IdempotencyAnswer.Mismatch:
                throw Mismatch().ToException();
            case IdempotencyAnswer.Unavailable:
                throw CallFailure.StateUnavailable().ToException();
            default:
                return await WorkAsync(digest, claim.Ticket, work);
        }
    }

    // A claim is valid until the deadline of the call that holds it, plus a grace period.
    private async Task<IdempotencyClaim> ClaimAsync(RequestDigest request, CallScope scope)
    {
        using var deadline = new DeadlineSource(scope, timeProvider);
        var hold = scope.Deadline - MonotonicTime.Now(timeProvider) + Grace;
        try
        {
            return await store.ClaimAsync(request, hold > Grace ? hold : Grace, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            throw new CallFailure(
                StatusCode.DeadlineExceeded,
                Reason.RaidaTimeout,
                "Another call with this idempotency key is still running. Retry later.").ToException();
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

    private static CallFailure Mismatch() => new(
        StatusCode.AlreadyExists, Reason.IdempotencyMismatch, "Another request has used the idempotency key. Use a new key.");
}

/// <summary>A request with an idempotency key.</summary>
/// <param name="Method">The full name of the method. Each method has its own keys.</param>
/// <param name="Key">The key, which the caller chose.</param>
internal readonly record struct IdempotentRequest(string Method, string Key, IMessage Message)
{
    /// <summary>The digest of the request in the scope of its caller.</summary>
    public RequestDigest Digest(CallScope scope)
    {
        // The bytes contain a key part.
        var bytes = GC.AllocateUninitializedArray<byte>(Message.CalculateSize(), pinned: true);
        try
        {
            Message.WriteTo(bytes.AsSpan());
            return RequestDigest.Of(IdempotencyScope.Of(Method, scope.Caller), Key, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"IdempotentRequest({Method}, redacted)";
}
