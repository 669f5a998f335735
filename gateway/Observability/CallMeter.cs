using System.Diagnostics.Metrics;

namespace Rke.Gateway.Observability;

/// <summary>Rate, errors and duration of calls, and the connections that they come over.</summary>
internal sealed class CallMeter
{
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _inFlight;
    private readonly Counter<long> _failures;
    private readonly UpDownCounter<long> _connections;

    public CallMeter(IMeterFactory factory)
    {
        var meter = GatewayMeter.Of(factory);
        _requests = meter.CreateCounter<long>("rke.grpc.requests", "{request}", "Calls that ended, by gRPC code.");
        _duration = meter.CreateHistogram(
            "rke.grpc.request.duration", "s", "From a call's headers to its trailers.", tags: null, GatewayMeter.Durations);
        _inFlight = meter.CreateUpDownCounter<long>("rke.grpc.requests.in_flight", "{request}", "Calls under way.");
        _failures = meter.CreateCounter<long>(
            "rke.grpc.failures", "{request}", "Failed calls by the stable reason of their ErrorInfo.");
        _connections = meter.CreateUpDownCounter<long>(
            "rke.grpc.connections", "{connection}", "Connections of callers.");
        _connections.Add(0);
    }

    public void OnConnected() => _connections.Add(1);

    public void OnDisconnected() => _connections.Add(-1);

    public void OnStarted(string method) => _inFlight.Add(1, new KeyValuePair<string, object?>("method", method));

    public void OnEnded(string method, string code, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("method", method);
        _inFlight.Add(-1, tag);
        _requests.Add(1, tag, new KeyValuePair<string, object?>("code", code));
        _duration.Record(duration.TotalSeconds, tag);
    }

    public void OnFailed(string method, string reason) => _failures.Add(
        1, new KeyValuePair<string, object?>("method", method), new KeyValuePair<string, object?>("reason", reason));
}
