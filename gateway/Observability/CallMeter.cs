using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Grpc.Core;

namespace Rke.Gateway.Observability;

/// <summary>Metrics of calls (rate, errors, duration) and of connections.</summary>
internal sealed class CallMeter
{
    /// <summary>The counter of failed calls, with the tags <c>method</c> and <c>reason</c>.</summary>
    public const string Failures = "rke.grpc.failures";

    private readonly ConcurrentDictionary<string, MethodMeter> _methods = new(StringComparer.Ordinal);
    private readonly SeriesTable<(string Method, string Code)> _requests =
        new(key => [new("method", key.Method), new("code", key.Code)]);
    private readonly SeriesTable<string> _inFlight = new(method => [new("method", method)]);
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _failures;
    private readonly UpDownCounter<long> _connections;

    public CallMeter(IMeterFactory factory)
    {
        var meter = GatewayMeter.Of(factory);
        meter.CreateObservableCounter("rke.grpc.requests", _requests.Measure, "{request}", "Completed calls, by gRPC code.");
        _duration = meter.CreateHistogram(
            "rke.grpc.request.duration", "s", "Time from the headers of a call to its trailers.", tags: null, GatewayMeter.Durations);
        meter.CreateObservableUpDownCounter("rke.grpc.requests.in_flight", _inFlight.Measure, "{request}", "Calls in flight.");
        _failures = meter.CreateCounter<long>(
            Failures, "{request}", "Failed calls, by the reason of their ErrorInfo.");
        _connections = meter.CreateUpDownCounter<long>(
            "rke.grpc.connections", "{connection}", "Open connections of callers.");
        _connections.Add(0);
    }

    public void OnConnected() => _connections.Add(1);

    public void OnDisconnected() => _connections.Add(-1);

    /// <summary>The metrics of a method.</summary>
    public MethodMeter Of(string method) => _methods.TryGetValue(method, out var found)
        ? found
        : _methods.GetOrAdd(method, added => new(added, _inFlight[added], _requests, _duration));

    /// <summary>A call that was refused before it started.</summary>
    public void OnRefused(string method, StatusCode code, string reason)
    {
        Of(method).OnRefused(code);
        OnFailed(method, reason);
    }

    public void OnFailed(string method, string reason) => _failures.Add(
        1, new KeyValuePair<string, object?>("method", method), new KeyValuePair<string, object?>("reason", reason));
}

/// <summary>The metrics of one method. Its series and labels exist once, not once for each call.</summary>
internal sealed class MethodMeter(
    string method, Series inFlight, SeriesTable<(string Method, string Code)> requests, Histogram<double> duration)
{
    private readonly Series?[] _byCode = new Series?[CallStatus.Count];
    private readonly KeyValuePair<string, object?> _label = new("method", method);

    public void OnStarted() => inFlight.Add(1);

    public void OnEnded(StatusCode code, TimeSpan time)
    {
        inFlight.Add(-1);
        Ended(code).Add(1);
        duration.Record(time.TotalSeconds, _label);
    }

    public void OnRefused(StatusCode code) => Ended(code).Add(1);

    private Series Ended(StatusCode code) => _byCode[(int)code] ??= requests[(method, CallStatus.NameOf(code))];
}
