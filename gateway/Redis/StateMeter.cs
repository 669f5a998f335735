using System.Diagnostics.Metrics;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Redis;

/// <summary>Metrics of the round trips to Redis.</summary>
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
            "rke.redis.request.duration", "s", "Duration of round trips to Redis, with any result.", tags: null, GatewayMeter.Durations);
        _requests = meter.CreateCounter<long>(
            "rke.redis.requests", "{request}", "Completed round trips to Redis, by result.");
    }

    /// <param name="operation">The name of the script, such as <c>coin-reserve</c>.</param>
    public void OnEnded(string operation, string result, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("operation", operation);
        _duration.Record(duration.TotalSeconds, tag);
        _requests.Add(1, tag, new KeyValuePair<string, object?>("result", result));
    }
}
