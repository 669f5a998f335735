namespace Rke.UdpBridge;

/// <summary>Whether requests go to a server at all.</summary>
public enum BreakerState
{
    /// <summary>Requests are sent.</summary>
    Closed,

    /// <summary>The server was silent too often: requests fail at once until it answers again.</summary>
    Open,

    /// <summary>Open, and one request is on its way to find out whether the server is back.</summary>
    Probing,
}
