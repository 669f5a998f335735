using Rke.Wire;

namespace Rke.Gateway.State;

/// <summary>
/// What all replicas must agree on about a coin on a key server (docs/REQUEST-FLOW.md): whether it holds an unread
/// part, how often it was used, whether it rests. Every method is one atomic step.
/// </summary>
internal interface ICoinState
{
    /// <summary>
    /// Picks a coin: the first candidate that is not occupied, not resting and below its limit. In the same step the
    /// use is counted and the coin marked occupied until its part's lifetime ends. A refused request counts nothing.
    /// </summary>
    ValueTask<CoinGrant> ReserveAsync(CoinRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Says how the post ended. For <see cref="PostOutcome.Stored"/> and <see cref="PostOutcome.Unknown"/> nothing needs
    /// to change. Not awaiting it, or a replica that dies before it, leaves the coin occupied: safe in any case.
    /// </summary>
    ValueTask CompleteAsync(CoinReservation reservation, PostOutcome outcome);

    /// <summary>
    /// A part was read through us or reported used: the coin that holds it is free. Does nothing when the coin holds
    /// another part by now, or none.
    /// </summary>
    /// <param name="coin">The coin, where the server's answer named it.</param>
    ValueTask FreeAsync(ServerNumber server, PartHash part, CoinId? coin);

    /// <summary>The server itself said that the coin was used too often: it is not used there for a while.</summary>
    ValueTask RestAsync(ServerNumber server, CoinId coin, TimeSpan duration);
}
