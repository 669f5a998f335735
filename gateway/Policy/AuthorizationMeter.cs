using System.Diagnostics.Metrics;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Policy;

/// <summary>Decisions of the policy.</summary>
internal sealed class AuthorizationMeter
{
    private readonly Counter<long> _decisions;

    public AuthorizationMeter(IMeterFactory factory) => _decisions = GatewayMeter.Of(factory).CreateCounter<long>(
        "rke.authorization.decisions", "{decision}", "Decisions of the policy: allowed, denied.");

    public void OnDecided(string method, bool isAllowed) => _decisions.Add(
        1,
        new KeyValuePair<string, object?>("method", method),
        new KeyValuePair<string, object?>("decision", isAllowed ? "allowed" : "denied"));
}
