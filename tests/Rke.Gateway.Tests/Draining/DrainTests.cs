using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Reflection.V1;
using Rke.Gateway.Tests.EndToEnd;
using Rke.Gateway.Tests.Observability;
using Rke.V1;
using HealthClient = Grpc.Health.V1.Health.HealthClient;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Rke.Gateway.Tests.Draining;

public sealed class DrainTests
{
    private const string WatchUnderWay =
        "rke_grpc_requests_in_flight{method=\"rke.v1.RkeSessionService/WatchSessions\"}";

    private static readonly PostKeyRequest Post = new() { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_that_go_when_told_lose_no_call_and_the_process_ends_well()
    {
        // Long enough for a busy machine.
        await using var gateway = await GatewayProcess.StartAsync("--Rke:Grpc:DrainDelay=00:00:05");
        using var channel = GrpcChannel.ForAddress(gateway.Grpc);
        var client = new RkeService.RkeServiceClient(channel);
        using var health = new HealthClient(channel).Watch(new(), cancellationToken: Cancelled);
        Assert.True(await health.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(ServingStatus.Serving, health.ResponseStream.Current.Status);

        using var told = new CancellationTokenSource();
        var (before, after) = (0, 0);
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            // As a balancer that hears it a little later.
            for (var late = 0; late < 3; late += told.IsCancellationRequested ? 1 : 0)
            {
                var posted = await client.PostKeyAsync(Post, cancellationToken: Cancelled);
                var got = await client.GetKeyAsync(
                    new() { RaidaId = Post.RaidaId, KeyIdHash = posted.KeyIdHash }, cancellationToken: Cancelled);
                Assert.Equal(Post.KeyPart, got.KeyPart);
                Interlocked.Increment(ref told.IsCancellationRequested ? ref after : ref before);
            }
        })).ToList();
        await Eventually.IsTrueAsync(() => callers.Exists(caller => caller.IsFaulted) || Volatile.Read(ref before) > 20);
        gateway.Terminate();
        Assert.True(await health.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(ServingStatus.NotServing, health.ResponseStream.Current.Status);
        await told.CancelAsync();
        await Task.WhenAll(callers);
        Assert.True(after > 0);
        Assert.Equal(0, await gateway.WaitAsync());
    }

    [Fact]
    public async Task What_is_under_way_is_finished()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var relay = new Relay(network.Host.EndPoints[1]);
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Networks:0:Servers:1"] = relay.EndPoint.ToString(),
            ["Rke:Grpc:DefaultDeadline"] = "00:00:30",
        });
        var call = gateway.Client.PostKeyAsync(Post, cancellationToken: Cancelled).ResponseAsync;
        await Eventually.IsTrueAsync(() => relay.HasBeenAsked);
        var stopping = gateway.StopAsync();
        await Eventually.IsTrueAsync(() => gateway.Logs.Lines.Any(line => line.StartsWith("Information 1023 ", StringComparison.Ordinal)));
        Assert.False(call.IsCompleted);
        relay.Open();
        Assert.Equal(1u, (await call).RaidaId);
        await stopping.WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
    }

    [Fact]
    public async Task Calls_that_take_longer_than_the_time_for_them_do_not_hold_it_up()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var silent = ScriptedServer.Silent();
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Networks:0:Servers:1"] = silent.EndPoint.ToString(),
            ["Rke:Grpc:DefaultDeadline"] = "00:05:00",
            ["Rke:Grpc:DrainTimeout"] = "00:00:00.300",
        });
        var call = gateway.Client.PostKeyAsync(Post, cancellationToken: Cancelled).ResponseAsync;
        await Eventually.IsTrueAsync(() => !silent.Requests.IsEmpty);
        await gateway.StopAsync().WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
        await Assert.ThrowsAsync<RpcException>(() => call);
    }

    [Fact]
    public async Task Streams_are_told_to_move()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        using var reflection = new ServerReflection.ServerReflectionClient(gateway.Channel)
            .ServerReflectionInfo(cancellationToken: Cancelled);
        await reflection.RequestStream.WriteAsync(new() { ListServices = "" });
        Assert.True(await reflection.ResponseStream.MoveNext(Cancelled));
        using var watch = new RkeSessionService.RkeSessionServiceClient(gateway.Channel).WatchSessions(new(), cancellationToken: Cancelled);
        var next = watch.ResponseStream.MoveNext(Cancelled);
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))[WatchUnderWay].Equals(1));

        // Well below Rke:Grpc:DrainTimeout, which would end the streams too.
        var stopping = gateway.StopAsync().WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
        var told = await Assert.ThrowsAsync<RpcException>(() => reflection.ResponseStream.MoveNext(Cancelled));
        Assert.True(told.StatusCode == StatusCode.Unavailable, $"{told}");
        told = await Assert.ThrowsAsync<RpcException>(() => next);
        Assert.True(told.StatusCode == StatusCode.Unavailable, $"{told}");
        await stopping;
    }
}
