namespace Rke.Gateway.Health;

/// <summary>One thing that the gateway needs before it can serve.</summary>
internal interface IReadinessCheck
{
    /// <summary>Why the gateway cannot serve; nothing when it can.</summary>
    IEnumerable<string> FindReasons();

    /// <summary>What somebody should look at although the gateway serves.</summary>
    IEnumerable<string> FindWarnings() => [];
}
