using System.Diagnostics.Metrics;
using Rke.Gateway.Networks;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Calls;

/// <summary>The metric of key parts that the gateway returned.</summary>
internal sealed class KeyMeter
{
    private readonly SeriesTable<ushort> _handedOut = new(network => [new("network", (int)network)]);

    public KeyMeter(IMeterFactory factory) => GatewayMeter.Of(factory).CreateObservableCounter(
        "rke.key_parts.handed_out", _handedOut.Measure, "{part}", "Key parts that were handed out; each has an audit line.");

    public void OnHandedOut(ServerId server) => _handedOut[server.Network].Add(1);
}
