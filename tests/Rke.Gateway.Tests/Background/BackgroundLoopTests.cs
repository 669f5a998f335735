using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Background;

namespace Rke.Gateway.Tests.Background;

/// <summary>A background service starts again after a failure, and the host continues to run.</summary>
public sealed class BackgroundLoopTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly FakeLogger<BackgroundFailures> log = new();
    private IHost host = null!;
    private FailingLoop loop = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<ILogger<BackgroundFailures>>(log);
        builder.Services.AddBackground();
        builder.Services.AddSingleton<FailingLoop>();
        builder.Services.AddHostedService(services => services.GetRequiredService<FailingLoop>());
        host = builder.Build();
        loop = host.Services.GetRequiredService<FailingLoop>();
        await host.StartAsync(Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }

    [Fact]
    public async Task A_service_that_fails_starts_again_after_growing_pauses()
    {
        using var counts = new MetricCollector<long>(
            host.Services.GetRequiredService<IMeterFactory>(), "Rke.Gateway", "rke.background.failures");
        foreach (var pause in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            await FailAsync(new InvalidOperationException("a bug"), TimeSpan.FromSeconds(pause));
        }

        // A service that has worked for a minute starts again after the shortest pause.
        time.Advance(TimeSpan.FromMinutes(1));
        await FailAsync(new InvalidOperationException("a bug"), TimeSpan.FromSeconds(1));

        var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        Assert.False(lifetime.ApplicationStopping.IsCancellationRequested);
        Assert.Equal(9, counts.GetMeasurementSnapshot().Count);
        Assert.All(
            counts.GetMeasurementSnapshot(), count => Assert.Equal(nameof(FailingLoop), count.Tags["service"]));
    }

    [Fact]
    public Task A_service_whose_work_is_cancelled_starts_again() =>
        FailAsync(new OperationCanceledException("another token"), TimeSpan.FromSeconds(1));

    [Fact]
    public void Every_background_service_of_the_gateway_continues_after_a_failure() => Assert.DoesNotContain(
        typeof(BackgroundLoop).Assembly.GetTypes(),
        type => type.IsSubclassOf(typeof(BackgroundService)) && !typeof(BackgroundLoop).IsAssignableFrom(type));

    private async Task FailAsync(Exception exception, TimeSpan pause)
    {
        await loop.Started.Reader.ReadAsync(Cancelled);
        var logged = log.Collector.Count;
        loop.Failures.Writer.TryWrite(exception);
        await Eventually.IsTrueAsync(() => log.Collector.Count == logged + 1);
        var record = log.LatestRecord;
        Assert.Equal((LogLevel.Error, 2800, exception), (record.Level, record.Id.Id, record.Exception));
        Assert.Equal($"{pause}", record.GetStructuredStateValue("Pause"));

        // The pause begins after the log message, so the clock advances until the service starts.
        await Eventually.IsTrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return loop.Started.Reader.Count == 1;
        });
    }

    private sealed class FailingLoop(BackgroundFailures failures) : BackgroundLoop(failures)
    {
        public Channel<bool> Started { get; } = Channel.CreateUnbounded<bool>();

        public Channel<Exception> Failures { get; } = Channel.CreateUnbounded<Exception>();

        protected override async Task LoopAsync(CancellationToken stoppingToken)
        {
            Started.Writer.TryWrite(true);
            throw await Failures.Reader.ReadAsync(stoppingToken);
        }
    }
}
