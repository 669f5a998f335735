namespace Rke.Gateway.State;

/// <summary>What an idempotency store says of a request.</summary>
internal enum IdempotencyAnswer
{
    /// <summary>Nobody has done it: do it, then store or abandon it.</summary>
    Yours,

    /// <summary>It was done: here is the answer.</summary>
    Done,

    /// <summary>The same key came with another request.</summary>
    Mismatch,

    /// <summary>The shared state cannot be asked.</summary>
    Unavailable,
}
