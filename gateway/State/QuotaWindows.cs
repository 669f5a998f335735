namespace Rke.Gateway.State;

/// <summary>The windows that callers are counted in.</summary>
internal static class QuotaWindows
{
    public static readonly TimeSpan Requests = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Posts = TimeSpan.FromDays(1);

    /// <summary>A window is counted in so many slices: what is refused although it might pass is less than one of them.</summary>
    public const int Slices = 64;
}
