namespace Rke.Gateway.State;

/// <summary>How often one coin may post to one key server.</summary>
/// <param name="Posts">Posts in any window, wherever it begins; 0 = no limit.</param>
/// <param name="Window">The window's length.</param>
internal readonly record struct CoinLimit(int Posts, TimeSpan Window)
{
    public bool IsNone => Posts == 0;
}
