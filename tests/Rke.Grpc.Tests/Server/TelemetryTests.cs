using System.Diagnostics;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Rke.Grpc.Tests.Server;

public sealed class TelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_activity_of_the_request_tells_method_and_status()
    {
        var stopped = new TaskCompletionSource<Activity>();
        var marker = $"marker-{Guid.NewGuid():N}";
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("marker") as string == marker)
                {
                    stopped.TrySetResult(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await EchoServer.StartAsync();
        server.Service.OnUnary = (_, _) =>
        {
            Activity.Current!.SetTag("marker", marker);
            throw new RpcException(new Status(StatusCode.NotFound, ""));
        };

        await server.Raw.SendAsync(RawClient.Frame(new Message()));

        var activity = await stopped.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal("grpc", activity.GetTagItem("rpc.system"));
        Assert.Equal("/rke.tests.Echo/Unary", activity.GetTagItem("grpc.method"));
        Assert.Equal("5", activity.GetTagItem("grpc.status_code"));
    }

    [Fact]
    public async Task Endpoints_tell_their_method()
    {
        EndpointDataSource? endpoints = null;
        await using var server = await EchoServer.StartAsync(
            map: app => endpoints = app.Services.GetRequiredService<EndpointDataSource>());

        var methods = endpoints!.Endpoints
            .Select(each => each.Metadata.GetMetadata<GrpcMethodMetadata>())
            .OfType<GrpcMethodMetadata>();

        Assert.Equal(
            ["/rke.tests.Echo/Unary", "/rke.tests.Echo/ClientStreaming", "/rke.tests.Echo/ServerStreaming",
                "/rke.tests.Echo/DuplexStreaming"],
            methods.Where(each => each.ServiceType == typeof(EchoService)).Select(each => each.Method.FullName));
    }
}
