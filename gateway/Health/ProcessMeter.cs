using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using Rke.Gateway.Observability;
using Rke.Gateway.Redis;

namespace Rke.Gateway.Health;

/// <summary>Metrics of the process, with the usual names of process metrics.</summary>
internal sealed class ProcessMeter
{
    public ProcessMeter(IMeterFactory factory, ReadinessPublisher readiness, IStateHealth? state = null)
    {
        var meter = GatewayMeter.Of(factory);
        var version = typeof(ProcessMeter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion;
        meter.CreateObservableGauge(
            "rke.build.info",
            () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", version)),
            unit: null,
            "Always 1.");
        meter.CreateObservableGauge(
            "rke.ready", () => readiness.IsReady ? 1 : 0, unit: null, "1 while the gateway is ready.");
        if (state is not null)
        {
            meter.CreateObservableGauge("rke.redis.up", () => state.IsUp ? 1 : 0, unit: null, "1 while Redis answers.");
        }

        meter.CreateObservableGauge(
            "rke.queue.depth",
            () => QueuesOf(state),
            unit: null,
            "Work that waits: for a thread, or for Redis.");
        meter.CreateObservableCounter(
            "process.cpu", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "Processor time used.");
        meter.CreateObservableGauge("process.resident_memory", () => Environment.WorkingSet, "By", "Memory in use.");
        using var process = Process.GetCurrentProcess();
        var start = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        meter.CreateObservableGauge("process.start_time", () => start, "s", "Start time of the process, seconds since 1970.");
    }

    private static IEnumerable<Measurement<long>> QueuesOf(IStateHealth? state)
    {
        yield return new(ThreadPool.PendingWorkItemCount, new KeyValuePair<string, object?>("queue", "thread_pool"));
        if (state is not null)
        {
            yield return new(state.InFlight, new KeyValuePair<string, object?>("queue", "redis"));
        }
    }
}
