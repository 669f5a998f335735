namespace Rke.UdpBridge;

/// <summary>How an exchange ended.</summary>
public enum ExchangeOutcome
{
    /// <summary>A signed answer came, whatever its status.</summary>
    Answered,

    /// <summary>Only an unsigned error came: it may be true (docs/WIRE.md §4).</summary>
    Hinted,

    /// <summary>Nothing came before the deadline.</summary>
    TimedOut,

    /// <summary>The network says that nothing listens there (ICMP).</summary>
    Unreachable,

    /// <summary>The server was silent too often; nothing was sent.</summary>
    BreakerOpen,

    /// <summary>Too much is in flight already; nothing was sent.</summary>
    Overloaded,

    /// <summary>This machine could not send: no route, no socket, forbidden.</summary>
    SendFailed,

    /// <summary>The bridge was shut down meanwhile.</summary>
    Closed,
}
