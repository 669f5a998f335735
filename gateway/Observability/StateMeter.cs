using System.Diagnostics.Metrics;

namespace Rke.Gateway.Observability;

/// <summary>Round trips to the shared state.</summary>
internal sealed class StateMeter
{
    public const string Ok = "ok";
    public const string Timeout = "timeout";
    public const string Error = "error";

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _requests;

    public StateMeter(IMeterFactory factory)
    {
        var meter = GatewayMeter.Of(factory);
        _duration = meter.CreateHistogram(
            "rke.redis.request.duration", "s", "Round trips to Redis, whatever came of them.", tags: null, GatewayMeter.Durations);
        _requests = meter.CreateCounter<long>(
            "rke.redis.requests", "{request}", "Round trips to Redis that ended, by result.");
    }

    /// <param name="operation">The step that the script does, such as <c>post_coin</c>.</param>
    public void OnEnded(string operation, string result, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("operation", operation);
        _duration.Record(duration.TotalSeconds, tag);
        _requests.Add(1, tag, new KeyValuePair<string, object?>("result", result));
    }
}
