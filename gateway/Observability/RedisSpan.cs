using OpenTelemetry.Instrumentation.StackExchangeRedis;

namespace Rke.Gateway.Observability;

/// <summary>The span of a Redis command that serves a call. It has the command's name, and no script, key or value.</summary>
internal static class RedisSpan
{
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);

    public static void Configure(StackExchangeRedisInstrumentationOptions options)
    {
        options.SetVerboseDatabaseStatements = false;
        options.EnrichActivityWithTimingEvents = false;

        // The instrumentation holds the commands of every call until then.
        options.FlushInterval = FlushInterval;

        // Housekeeping asks Redis too, many times a second, and belongs to no call.
        options.Filter = context => context.ParentActivity is not null;
    }
}
