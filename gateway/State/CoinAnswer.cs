namespace Rke.Gateway.State;

/// <summary>What became of a <see cref="CoinRequest"/>.</summary>
internal enum CoinAnswer
{
    /// <summary>The coin is the caller's for this one post; the post is counted.</summary>
    Granted,

    /// <summary>The one candidate holds an unread part on that server.</summary>
    Occupied,

    /// <summary>Every candidate is free there, but at its limit or resting.</summary>
    Overused,

    /// <summary>Several candidates, and each is occupied, at its limit, or resting.</summary>
    NoFreeCoin,

    /// <summary>The shared state cannot be asked: nothing is known, so nothing is granted.</summary>
    Unavailable,
}
