using Rke.Gateway.State;

namespace Rke.Gateway.Health;

/// <summary>Without the shared state nothing can be posted.</summary>
internal sealed class StateCheck(IStateHealth state) : IReadinessCheck
{
    public IEnumerable<string> FindReasons() => state.IsUp
        ? []
        : ["The state that the replicas share cannot be reached; look at Redis and at Rke:Redis:Endpoints."];
}
