namespace Rke.Gateway.State;

/// <summary>What is known of a post when it has ended.</summary>
internal enum PostOutcome
{
    /// <summary>The server has the part: the coin stays occupied until it is read or expires.</summary>
    Stored,

    /// <summary>
    /// The server may have the part (no answer, or none that can be believed): the coin stays occupied just the same.
    /// </summary>
    Unknown,

    /// <summary>The server signed a refusal: it has no part. The coin is free; the use was counted there, so here too.</summary>
    Refused,

    /// <summary>No datagram left, or none can have arrived: the coin is free and the use does not count.</summary>
    NotSent,
}
