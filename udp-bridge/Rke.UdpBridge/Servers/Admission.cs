namespace Rke.UdpBridge;

/// <summary>Whether a link takes a request in.</summary>
internal enum Admission
{
    Admitted,

    /// <summary>Every socket waits for another answer with this echo: another one is drawn.</summary>
    EchoTaken,

    /// <summary>The bridge has forgotten the link.</summary>
    Retired,
    Closed,
    Overloaded,
    BreakerOpen,
    NoSocket,
}
