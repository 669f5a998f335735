using OpenTelemetry.Instrumentation.StackExchangeRedis;

namespace Rke.Gateway.Observability;

/// <summary>The span of a Redis command of a call. It contains the name of the command, and no script, key or value.</summary>
internal static class RedisSpan
{
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);

    public static void Configure(StackExchangeRedisInstrumentationOptions options)
    {
        options.SetVerboseDatabaseStatements = false;
        options.EnrichActivityWithTimingEvents = false;

        // The instrumentation keeps the commands of each call for this time.
        options.FlushInterval = FlushInterval;

        // Background work also sends commands, many times per second, without a call.
        options.Filter = context => context.ParentActivity is not null;
    }
}
