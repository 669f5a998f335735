using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Rke.Grpc.Services;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rke.Grpc.Interop.Tests;

/// <summary>The health service over a real connection, on every route.</summary>
public sealed class HealthTests(InteropEnvironment environment)
{
    [Theory]
    [InlineData(Route.Direct)]
    [InlineData(Route.Nginx)]
    [InlineData(Route.Haproxy)]
    public async Task Check_and_List_agree(Route route)
    {
        using var channel = GrpcChannel.ForAddress("http://" + environment.Target(route));
        var client = new Health.HealthClient(channel);

        var overall = await client.CheckAsync(new HealthCheckRequest(), cancellationToken: Cancellation);
        var all = await client.ListAsync(new HealthListRequest(), cancellationToken: Cancellation);
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await client.CheckAsync(
                new HealthCheckRequest { Service = "nobody" },
                cancellationToken: Cancellation));

        Assert.Equal(ServingStatus.Serving, overall.Status);
        Assert.Equal(overall, all.Statuses[GrpcHealth.Overall]);
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Theory]
    [InlineData(Route.Direct)]
    [InlineData(Route.Nginx)]
    [InlineData(Route.Haproxy)]
    public async Task Watch_follows_a_service(Route route)
    {
        using var channel = GrpcChannel.ForAddress("http://" + environment.Target(route));
        var service = "watched-" + route;
        var health = environment.Server.Health;

        using var call = new Health.HealthClient(channel).Watch(
            new HealthCheckRequest { Service = service },
            cancellationToken: Cancellation);
        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync(call));
        health.SetStatus(service, ServingStatus.Serving);
        Assert.Equal(ServingStatus.Serving, await NextAsync(call));
        health.SetStatus(service, ServingStatus.NotServing);
        Assert.Equal(ServingStatus.NotServing, await NextAsync(call));
        health.ClearStatus(service);
        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync(call));
    }

    [Fact]
    public async Task Stopping_server_ends_its_watches_well()
    {
        var server = await InteropServer.StartAsync();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{server.Port}");
        using var call = new Health.HealthClient(channel).Watch(
            new HealthCheckRequest(),
            cancellationToken: Cancellation);
        Assert.Equal(ServingStatus.Serving, await NextAsync(call));

        var stopped = server.DisposeAsync();

        Assert.Equal(ServingStatus.NotServing, await NextAsync(call));
        Assert.False(await call.ResponseStream.MoveNext(Cancellation));
        await stopped;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<ServingStatus> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> call)
    {
        var next = call.ResponseStream.MoveNext(Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.True(await next, "The watch ended.");
        return call.ResponseStream.Current.Status;
    }
}
