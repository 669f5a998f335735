using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Rke.Gateway.Hosting;
using Rke.Gateway.Kme;
using Rke.Gateway.Listening;
using Rke.V1;

namespace Rke.Gateway.Tests.Fixtures;

/// <summary>A whole gateway in this process, on free ports, and a client of it over real HTTP/2.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private RunningGateway(WebApplication app, FakeLogCollector logs)
    {
        _app = app;
        Logs = logs;
        var (grpc, http) = app.ListeningAddresses();
        Grpc = grpc;
        _channel = GrpcChannel.ForAddress(grpc);
        Client = new(_channel);
        Http = new() { BaseAddress = http };
    }

    public RkeService.RkeServiceClient Client { get; }

    public Uri Grpc { get; }

    public HttpClient Http { get; }

    /// <summary>The log lines of all levels.</summary>
    public FakeLogCollector Logs { get; }

    /// <summary>The KME port. Only a gateway with Rke:Kme:Url has one.</summary>
    public Uri Kme => _app.KmeAddress();

    public IServiceProvider Services => _app.Services;

    public GrpcChannel Channel => _channel;

    public static async Task<RunningGateway> StartAsync(
        IReadOnlyDictionary<string, string?> settings, Action<WebApplicationBuilder>? configure = null, params string[] arguments)
    {
        var logs = new FakeLogCollector();
        var app = await GatewayApplication.BuildAsync(arguments, builder =>
        {
            builder.Configuration.AddInMemoryCollection(
            [
                new("Rke:Grpc:Url", "http://127.0.0.1:0"),
                new("Rke:Http:Url", "http://127.0.0.1:0"),
                // Probes would be further datagrams that the tests count.
                new("Rke:Probes:Enabled", "false"),
                new("Logging:LogLevel:Default", "Trace"),
                new("Logging:LogLevel:Grpc", "Trace"),
            ]);
            builder.Configuration.AddInMemoryCollection(settings);
            builder.Logging.ClearProviders();
            builder.Logging.SetMinimumLevel(LogLevel.Trace);
            builder.Services.AddSingleton<ILoggerProvider>(new FakeLoggerProvider(logs));
            configure?.Invoke(builder);
        });
        await app.StartAsync();
        return new(app, logs);
    }

    /// <summary>Stops the gateway like a signal.</summary>
    /// <summary>The text of <c>/readyz</c>, also while the gateway is not ready.</summary>
    public async Task<string> ReadinessAsync()
    {
        using var answer = await Http.GetAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public async Task StopAsync()
    {
        Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await _app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>Settings of a gateway under test.</summary>
internal static class Builders
{
    public static void Set(this WebApplicationBuilder builder, string key, string value) =>
        builder.Configuration.AddInMemoryCollection([new(key, value)]);

    public static void Allow(this WebApplicationBuilder builder, string targets) => builder.Set("Rke:Targets:Allow", targets);
}

/// <summary>One gateway for a class of tests, configured with nothing but its ports.</summary>
public sealed class EmbeddedGateway : IAsyncLifetime
{
    internal RunningGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}
