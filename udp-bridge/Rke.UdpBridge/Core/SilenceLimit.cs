namespace Rke.UdpBridge.Core;

/// <summary>
/// Decides when a path has received nothing for too long. While the server does not respond on any path, each new path
/// may be silent for twice as long: the server may be slow, and a response to a replaced path is lost.
/// </summary>
internal sealed class SilenceLimit
{
    /// <summary>A path with fewer unanswered datagrams is not silent.</summary>
    public const int MinDatagrams = 4;

    /// <summary>The shortest limit.</summary>
    public static readonly TimeSpan Min = TimeSpan.FromSeconds(2);

    /// <summary>The longest limit.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromMinutes(1);

    private TimeSpan _raiseAfter = TimeSpan.MinValue;

    /// <summary>The limit of a path that is opened now.</summary>
    public TimeSpan Current { get; private set; } = Min;

    /// <summary>The path has received nothing for too long.</summary>
    public bool IsExceeded(ExchangePath path, TimeSpan now)
    {
        var limit = path.MaxSilence < Current ? path.MaxSilence : Current;
        return path.Unanswered >= MinDatagrams && now - path.UnansweredSince >= limit;
    }

    /// <summary>Notes a response. The limit becomes the shortest one that suits a server of this speed.</summary>
    /// <param name="sinceFirst">The time since the first datagram of the request.</param>
    public void OnResponse(TimeSpan sinceFirst)
    {
        var wanted = 2 * sinceFirst;
        Current = wanted < Min ? Min : wanted < Max ? wanted : Max;
    }

    /// <summary>
    /// Notes that a silent path is replaced. Several paths that are replaced at the same time double the limit once.
    /// </summary>
    public void OnReplacement(TimeSpan now)
    {
        if (now >= _raiseAfter)
        {
            _raiseAfter = now + Current;
            Current = 2 * Current < Max ? 2 * Current : Max;
        }
    }
}
