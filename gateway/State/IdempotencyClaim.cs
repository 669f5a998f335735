namespace Rke.Gateway.State;

/// <summary>The answer to <see cref="IIdempotencyStore.ClaimAsync"/>.</summary>
/// <param name="Answer">Which.</param>
/// <param name="Ticket">When <see cref="IdempotencyAnswer.Yours"/>: what storing and abandoning want back.</param>
/// <param name="Response">When <see cref="IdempotencyAnswer.Done"/>: the answer, as it was stored.</param>
internal readonly record struct IdempotencyClaim(
    IdempotencyAnswer Answer, ulong Ticket = 0, ReadOnlyMemory<byte> Response = default);
