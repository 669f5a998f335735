using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using static Grpc.Health.V1.Health;

namespace Rke.Gateway.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task The_embedded_network_is_ready_at_once_and_logs_a_warning()
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        Assert.Equal("ok\n", await gateway.Http.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
        Assert.Equal("ready\n", await gateway.ReadinessAsync());
        var health = new HealthClient(gateway.Channel);
        foreach (var service in (string[])["", "rke.v1.RkeService"])
        {
            var answer = await health.CheckAsync(new() { Service = service });
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, answer.Status);
        }

        Assert.Contains(gateway.Logs.Lines, line => line.StartsWith("Warning 2600 EMBEDDED KEY SERVERS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gateway_that_is_not_ready_is_live()
    {
        await using var gateway = await RunningGateway.StartAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Rke:Networks:0:Servers:0"] = "127.0.0.1:9" });
        var health = new HealthClient(gateway.Channel);
        var ready = await health.CheckAsync(new() { Service = "rke.v1.RkeService" });
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, ready.Status);
        var lives = await health.CheckAsync(new() { Service = "liveness" });
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, lives.Status);
    }

    [Fact]
    public async Task Health_is_NOT_SERVING_before_the_gateway_stops()
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        var health = new HealthClient(gateway.Channel);
        using var watch = health.Watch(new());
        Assert.True(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, watch.ResponseStream.Current.Status);
        gateway.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        Assert.True(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, watch.ResponseStream.Current.Status);
        var ended = await Details.OfAsync(watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal((StatusCode.Unavailable, "STOPPING"), (ended.Code, ended.Reason));
    }

    [Fact]
    public async Task Liveness_is_SERVING_until_the_gateway_stops()
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Rke:Grpc:DrainDelay"] = "00:00:02",
        });
        var health = new HealthClient(gateway.Channel);
        using var watch = health.Watch(new() { Service = "liveness" });
        Assert.True(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, watch.ResponseStream.Current.Status);
        var stopping = gateway.StopAsync();
        var ended = await Details.OfAsync(watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal((StatusCode.Unavailable, "STOPPING"), (ended.Code, ended.Reason));
        Assert.Equal(
            HealthCheckResponse.Types.ServingStatus.NotServing,
            (await health.CheckAsync(new() { Service = "rke.v1.RkeService" })).Status);
        Assert.Equal(
            HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new() { Service = "liveness" })).Status);
        await stopping;
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task The_pages_answer_HEAD_without_a_body(string page)
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        using var request = new HttpRequestMessage(HttpMethod.Head, page);
        using var response = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_probe_of_a_gateway_that_is_not_ready_logs_nothing()
    {
        await using var gateway = await RunningGateway.StartAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Rke:Networks:0:Servers:0"] = "127.0.0.1:9",
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Grpc"] = "Warning",
            });
        await Eventually.IsTrueAsync(() => gateway.Logs.Lines.Any(line => line.StartsWith("Warning 2501 ", StringComparison.Ordinal)));
        var before = gateway.Logs.Lines;
        var health = new HealthClient(gateway.Channel);
        for (var probe = 0; probe < 20; probe++)
        {
            Assert.Equal(
                HealthCheckResponse.Types.ServingStatus.NotServing,
                (await health.CheckAsync(new(), cancellationToken: TestContext.Current.CancellationToken)).Status);
        }

        Assert.Equal(before, gateway.Logs.Lines);
    }

    [Fact]
    public async Task A_call_in_flight_is_finished_during_the_stop()
    {
        await using var network = await TestNetwork.StartAsync(1, new() { ResponseImpairment = new() { Delay = TimeSpan.FromSeconds(0.5) } });
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var call = gateway.Client.PostKeyAsync(new() { KeyPart = ByteString.CopyFrom(new byte[8]) }).ResponseAsync;
        await Eventually.IsTrueAsync(() => network.Host.WaitingKeys == 1);
        gateway.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        Assert.Equal(16, (await call).KeyId.Length);
    }

    [Fact]
    public async Task The_http_port_serves_http_1_1()
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal));
        using var response = await gateway.Http.GetAsync(new Uri("/healthz", UriKind.Relative));
        Assert.Equal(HttpVersion.Version11, response.Version);
        using var missing = await gateway.Http.GetAsync(new Uri("/nothing", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }
}
