using System.Diagnostics.Metrics;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Policy;

/// <summary>The metric of policy decisions.</summary>
internal sealed class AuthorizationMeter
{
    private readonly SeriesTable<(string Method, bool IsAllowed)> _decisions =
        new(key => [new("method", key.Method), new("decision", key.IsAllowed ? "allowed" : "denied")]);

    public AuthorizationMeter(IMeterFactory factory) => GatewayMeter.Of(factory).CreateObservableCounter(
        "rke.authorization.decisions", _decisions.Measure, "{decision}", "Decisions of the policy: allowed, denied.");

    public void OnDecided(string method, bool isAllowed) => _decisions[(method, isAllowed)].Add(1);
}
