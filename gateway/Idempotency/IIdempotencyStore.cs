namespace Rke.Gateway.Idempotency;

/// <summary>
/// Stores the responses of requests with an idempotency key. A repeated request gets the same response from each
/// replica that shares the store. Only successful responses are stored: after a failure, the next request with the key
/// runs again. A response contains no key part.
/// </summary>
internal interface IIdempotencyStore
{
    /// <summary>
    /// Claims a request. If another call has claimed it, this waits until that call stores its response (then it
    /// returns this response) or abandons its claim (then this call may get the claim).
    /// </summary>
    /// <param name="hold">
    /// How long the claim is valid. After that time another call may get it, because the claiming process must have
    /// died.
    /// </param>
    ValueTask<IdempotencyClaim> ClaimAsync(RequestDigest request, TimeSpan hold, CancellationToken cancellationToken);

    /// <summary>Stores the response of a claimed request, and passes it to the calls that wait.</summary>
    ValueTask StoreAsync(RequestDigest request, ulong ticket, ReadOnlyMemory<byte> response);

    /// <summary>Ends the claim of a request that failed. A waiting call may claim it.</summary>
    ValueTask AbandonAsync(RequestDigest request, ulong ticket);
}

/// <summary>The result of <see cref="IIdempotencyStore.ClaimAsync"/>.</summary>
/// <param name="Ticket">Identifies the claim, if <see cref="IdempotencyAnswer.Claimed"/>.</param>
/// <param name="Response">The stored response, if <see cref="IdempotencyAnswer.Done"/>.</param>
internal readonly record struct IdempotencyClaim(
    IdempotencyAnswer Answer, ulong Ticket = 0, ReadOnlyMemory<byte> Response = default);

/// <summary>The state of a request with an idempotency key.</summary>
internal enum IdempotencyAnswer
{
    /// <summary>
    /// The caller has the claim. It must run the request, then store the response or abandon the claim.
    /// </summary>
    Claimed,

    /// <summary>The request has run before.</summary>
    Done,

    /// <summary>The key belongs to another request.</summary>
    Mismatch,

    /// <summary>Redis is unavailable.</summary>
    Unavailable,
}
