namespace Rke.UdpBridge;

/// <summary>How a link stands to its bridge.</summary>
internal enum LinkState
{
    /// <summary>In the bridge's table.</summary>
    Listed,

    /// <summary>Forgotten by the bridge, without sockets: a request finds its way back through it.</summary>
    Retired,

    /// <summary>The bridge was shut down.</summary>
    Closed,
}
