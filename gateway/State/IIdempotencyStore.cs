namespace Rke.Gateway.State;

/// <summary>
/// The same idempotency key and request gets the same answer from any replica, while it is kept. Only successes are
/// stored: after a failure the next one with the key does the work again. What is stored holds no key part.
/// </summary>
internal interface IIdempotencyStore
{
    /// <summary>
    /// Claims a request. While somebody else is at work on the same one, waits: until it is done (then that answer), or
    /// abandoned (then the claim may pass to this caller).
    /// </summary>
    /// <param name="hold">
    /// After this long without an answer the claim passes on, because whoever held it must have died.
    /// </param>
    ValueTask<IdempotencyClaim> ClaimAsync(RequestDigest request, TimeSpan hold, CancellationToken cancellationToken);

    /// <summary>Stores the answer and hands it to everybody who waits.</summary>
    ValueTask StoreAsync(RequestDigest request, ulong ticket, ReadOnlyMemory<byte> response);

    /// <summary>It did not succeed: whoever waits may try.</summary>
    ValueTask AbandonAsync(RequestDigest request, ulong ticket);
}
