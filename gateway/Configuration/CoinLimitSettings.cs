using Rke.Gateway.State;

namespace Rke.Gateway.Configuration;

/// <summary>Section <c>Rke:Limits:Coin</c>: how often one coin may post to one key server.</summary>
/// <param name="Posts">Posts in any window; 0 = no limit of ours.</param>
/// <param name="Window">The window's length.</param>
/// <param name="Rest">How long a coin rests after a server itself said that it was used too often.</param>
internal sealed record CoinLimitSettings(int Posts, TimeSpan Window, TimeSpan Rest)
{
    public CoinLimit ToLimit() => new(Posts, Window);

    public static CoinLimitSettings Read(SettingsReader reader) => new(
        reader.Number("Posts", 0, 10_000) ?? 0,
        reader.Time("Window", TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(31)) ?? TimeSpan.FromMinutes(1),
        reader.Time("Rest", TimeSpan.Zero, TimeSpan.FromDays(1)) ?? TimeSpan.FromMinutes(1));
}
