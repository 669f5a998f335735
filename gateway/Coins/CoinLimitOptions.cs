using System.ComponentModel.DataAnnotations;
using Rke.Gateway.Configuration;

namespace Rke.Gateway.Coins;

/// <summary>Section <c>Rke:Limits:Coin</c>: how often one coin may post to one key server.</summary>
internal sealed record CoinLimitOptions
{
    /// <summary>Maximum number of posts of one coin to one server in a window. 0 = the gateway sets no limit</summary>
    [Range(0, 10_000)]
    public int Posts { get; set; }

    /// <summary>Length of the window, which slides</summary>
    [TimeRange("00:00:00.010", "31.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the gateway does not use a coin on a server that has returned status 7 for it</summary>
    [TimeRange("00:00:00", "1.00:00:00")]
    public TimeSpan Rest { get; set; } = TimeSpan.FromMinutes(1);

    public CoinLimit ToLimit() => new(Posts, Window);
}

/// <summary>How often one coin may post to one key server.</summary>
/// <param name="Posts">Maximum number of posts in any window. 0 = no limit.</param>
/// <param name="Window">The length of the window.</param>
internal readonly record struct CoinLimit(int Posts, TimeSpan Window)
{
    public bool IsNone => Posts == 0;
}
