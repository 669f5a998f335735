namespace Rke.Gateway.State;

/// <summary>What a quota says of a call.</summary>
internal enum QuotaAnswer
{
    /// <summary>Within the limits, and counted.</summary>
    Admitted,

    /// <summary>Too many requests; not counted.</summary>
    RequestsUsedUp,

    /// <summary>Too many posts; not counted.</summary>
    PostsUsedUp,

    /// <summary>The shared state cannot be asked.</summary>
    Unavailable,
}
