using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Hosting;

namespace Rke.Gateway.Tests.Hosting;

/// <summary>Strangers cannot fill the log.</summary>
public sealed class LogRateLimitTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogCollector _lines = new();
    private readonly LogRateLimit _limit;

    public LogRateLimitTests() =>
        _limit = new(
            new([new FakeLoggerProvider(_lines)], new LoggerFilterOptions { MinLevel = LogLevel.Trace }), linesPerSecond: 2, _time);

    [Fact]
    public void The_lines_of_an_event_are_limited_and_the_dropped_lines_are_counted()
    {
        var logger = _limit.CreateLogger("A");
        Write(logger, 7, 1000);
        Assert.Equal(20, CountOf(7));
        _time.Advance(TimeSpan.FromSeconds(5));
        Write(logger, 7, 100);
        Assert.Equal(30, CountOf(7));

        _time.Advance(TimeSpan.FromSeconds(5));
        var report = Assert.Single(_lines.GetSnapshot(), line => line.Id.Id == 1002);
        Assert.Contains("dropped 1070 log lines of event 7 of A,", report.Message, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, CountOf(1002));
    }

    [Fact]
    public void Each_event_has_its_own_limit()
    {
        Write(_limit.CreateLogger("A"), 7, 100);
        Write(_limit.CreateLogger("A"), 8, 5);
        Write(_limit.CreateLogger("B"), 7, 5);
        Assert.Equal((25, 5), (CountOf(7), CountOf(8)));
    }

    [Fact]
    public void The_audit_log_and_debug_lines_have_no_limit()
    {
        Write(_limit.CreateLogger("Rke.Audit"), 7, 1000);
        Write(_limit.CreateLogger("A"), 8, 1000, LogLevel.Debug);
        Assert.Equal((1000, 1000), (CountOf(7), CountOf(8)));
    }

    [Theory]
    [InlineData(60, LogLevel.Warning)]
    [InlineData(63, LogLevel.Critical)]
    public void An_event_of_Kestrel_that_a_client_can_cause_is_a_warning(int eventId, LogLevel expected)
    {
        Write(_limit.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Http2"), eventId, 1, LogLevel.Critical);

        Assert.Equal(expected, Assert.Single(_lines.GetSnapshot()).Level);
    }

    public void Dispose() => _limit.Dispose();

    private int CountOf(int eventId) => _lines.GetSnapshot().Count(line => line.Id.Id == eventId);

    private static void Write(ILogger logger, int eventId, int times, LogLevel level = LogLevel.Warning)
    {
        for (var count = 0; count < times; count++)
        {
            logger.Log(level, new EventId(eventId), "line", null, (state, _) => state);
        }
    }
}
