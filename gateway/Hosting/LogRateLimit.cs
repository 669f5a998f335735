using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Rke.Gateway.Calls;

namespace Rke.Gateway.Hosting;

/// <summary>
/// Limits the log lines of each event, because hosts without an identity can cause lines with datagrams, connections and refused calls. It counts the
/// lines that it drops, and logs the counts. The audit log has no limit, and neither have the levels Debug and Trace. Events of Kestrel that a
/// client can cause get the level Warning at most.
/// </summary>
internal sealed class LogRateLimit : ILoggerFactory
{
    private const int BurstSeconds = 10;
    private const string Http2Category = "Microsoft.AspNetCore.Server.Kestrel.Http2";

    // Http2QueueOperationsExceeded: a client resets streams faster than Kestrel can end them. Kestrel closes the connection, and logs it as
    // Critical.
    private const int QueueOperationsExceeded = 60;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(10);

    private readonly LoggerFactory _inner;
    private readonly int _linesPerSecond;
    private readonly TimeProvider _timeProvider;
    private readonly ConcurrentDictionary<(string Category, int EventId), LogEventLimit> _events = new();
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    public LogRateLimit(LoggerFactory inner, int linesPerSecond, TimeProvider timeProvider)
    {
        (_inner, _linesPerSecond, _timeProvider) = (inner, linesPerSecond, timeProvider);
        _logger = inner.CreateLogger<LogRateLimit>();
        _timer = timeProvider.CreateTimer(_ => Report(), null, ReportInterval, ReportInterval);
    }

    public ILogger CreateLogger(string categoryName)
    {
        var logger = _inner.CreateLogger(categoryName);
        return categoryName == KeyAudit.Category ? logger : new LimitedLogger(logger, categoryName, this);
    }

    public void AddProvider(ILoggerProvider provider) => _inner.AddProvider(provider);

    public void Dispose()
    {
        _timer.Dispose();
        Report();
        _inner.Dispose();
    }

    private bool TryTake(string category, EventId eventId) => _events.GetOrAdd(
        (category, eventId.Id),
        static (_, limit) => new(limit._linesPerSecond, limit._linesPerSecond * BurstSeconds, limit._timeProvider),
        this).TryTake();

    private void Report()
    {
        foreach (var ((category, eventId), limit) in _events)
        {
            if (limit.TakeDropped() is > 0 and var dropped)
            {
                Log.LinesDropped(_logger, dropped, eventId, category, _linesPerSecond);
            }
        }
    }

    private sealed class LimitedLogger(ILogger inner, string category, LogRateLimit limit) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel > LogLevel.Warning && category == Http2Category && eventId.Id == QueueOperationsExceeded)
            {
                logLevel = LogLevel.Warning;
            }

            if (logLevel < LogLevel.Information || (inner.IsEnabled(logLevel) && limit.TryTake(category, eventId)))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}

/// <summary>A token bucket for the lines of one event, and the number of dropped lines.</summary>
internal sealed class LogEventLimit(int linesPerSecond, int burst, TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private double _tokens = burst;
    private long _at = timeProvider.GetTimestamp();
    private long _dropped;

    public bool TryTake()
    {
        lock (_gate)
        {
            var now = timeProvider.GetTimestamp();
            _tokens = Math.Min(burst, _tokens + (timeProvider.GetElapsedTime(_at, now).TotalSeconds * linesPerSecond));
            _at = now;
            if (_tokens < 1)
            {
                _dropped++;
                return false;
            }

            _tokens--;
            return true;
        }
    }

    /// <summary>The number of dropped lines since the last call.</summary>
    public long TakeDropped()
    {
        lock (_gate)
        {
            var dropped = _dropped;
            _dropped = 0;
            return dropped;
        }
    }
}

/// <summary>Replaces the logger factory of the framework.</summary>
internal static class LogRateLimitRegistration
{
    public static void AddLogRateLimit(this IServiceCollection services, LoggingOptions options) =>
        services.AddSingleton<ILoggerFactory>(provider => new LogRateLimit(
            new LoggerFactory(
                provider.GetServices<ILoggerProvider>(),
                provider.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(),
                provider.GetRequiredService<IOptions<LoggerFactoryOptions>>(),
                provider.GetService<IExternalScopeProvider>()),
            options.LinesPerSecond,
            provider.GetRequiredService<TimeProvider>()));
}
