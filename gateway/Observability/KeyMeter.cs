using System.Diagnostics.Metrics;
using Rke.Gateway.State;

namespace Rke.Gateway.Observability;

/// <summary>Key parts that left the gateway.</summary>
internal sealed class KeyMeter
{
    private readonly Counter<long> _handedOut;

    public KeyMeter(IMeterFactory factory) => _handedOut = GatewayMeter.Of(factory).CreateCounter<long>(
        "rke.key_parts.handed_out", "{part}", "Key parts that were handed out; each has an audit line.");

    public void OnHandedOut(ServerNumber server) =>
        _handedOut.Add(1, new KeyValuePair<string, object?>("network", (int)server.Network));
}
