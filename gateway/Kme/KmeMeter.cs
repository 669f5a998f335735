using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Kme;

/// <summary>Metrics of the KME (docs/METRICS.md).</summary>
internal sealed class KmeMeter
{
    /// <summary>The master's KME has a confirmed key.</summary>
    public const string Made = "made";

    /// <summary>The slave's KME has stored a key.</summary>
    public const string Arrived = "arrived";

    /// <summary>enc_keys returned a key.</summary>
    public const string ToMaster = "to_master";

    /// <summary>dec_keys returned a key.</summary>
    public const string ToSlave = "to_slave";

    private readonly ConcurrentDictionary<(string Master, string Slave, StockSide Side), int> _stocks = new();
    private readonly Counter<long> _keys;
    private readonly Counter<long> _requests;

    public KmeMeter(IMeterFactory factory)
    {
        var meter = GatewayMeter.Of(factory);
        _keys = meter.CreateCounter<long>("rke.kme.keys", "{key}", "Keys of a pair, by event.");
        _requests = meter.CreateCounter<long>("rke.kme.requests", "{request}", "Requests at the KME port, by HTTP status.");
        meter.CreateObservableGauge(
            "rke.kme.stock",
            () => _stocks.Select(stock => new Measurement<int>(
                stock.Value,
                new KeyValuePair<string, object?>("master", stock.Key.Master),
                new KeyValuePair<string, object?>("side", stock.Key.Side == StockSide.Master ? "master" : "slave"),
                new KeyValuePair<string, object?>("slave", stock.Key.Slave))),
            "{key}",
            "Keys of a pair that wait for its master or its slave, as last seen by this replica.");
    }

    public void SetStock(KmePair pair, StockSide side, int count) => _stocks[(pair.Master, pair.Slave, side)] = count;

    public void Count(KmePair pair, string name, int keys) => _keys.Add(
        keys,
        new KeyValuePair<string, object?>("event", name),
        new KeyValuePair<string, object?>("master", pair.Master),
        new KeyValuePair<string, object?>("slave", pair.Slave));

    public void OnAnswered(string method, int status) => _requests.Add(
        1, new KeyValuePair<string, object?>("method", method), new KeyValuePair<string, object?>("status", status));
}
