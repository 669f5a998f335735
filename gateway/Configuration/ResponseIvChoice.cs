namespace Rke.Gateway.Configuration;

/// <summary>Where a network's replies start their keystream (docs/WIRE.md §6).</summary>
internal enum ResponseIvChoice
{
    /// <summary>Learned of every server by a key part that the gateway posts to itself.</summary>
    Auto,
    Same,
    Continued,
}
