namespace Rke.Gateway.State;

/// <summary>The answer to a <see cref="CoinRequest"/>.</summary>
internal readonly record struct CoinGrant
{
    public CoinAnswer Answer { get; private init; }

    /// <summary>When granted: what <see cref="ICoinState.CompleteAsync"/> wants back.</summary>
    public CoinReservation Reservation { get; private init; }

    /// <summary>When refused: after this long the same request may be granted. Zero = nobody knows.</summary>
    public TimeSpan RetryAfter { get; private init; }

    public static CoinGrant Granted(in CoinReservation reservation) =>
        new() { Answer = CoinAnswer.Granted, Reservation = reservation };

    public static CoinGrant Refused(CoinAnswer answer, TimeSpan retryAfter) =>
        new() { Answer = answer, RetryAfter = retryAfter };
}
