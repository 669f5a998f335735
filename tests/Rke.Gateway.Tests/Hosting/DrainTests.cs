using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Reflection.V1;
using Rke.Gateway.Tests.Observability;
using Rke.V1;
using HealthClient = Grpc.Health.V1.Health.HealthClient;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Rke.Gateway.Tests.Hosting;

public sealed class DrainTests
{
    private const string WatchUnderWay =
        "rke_grpc_requests_in_flight{method=\"rke.v1.RkeSessionService/WatchSessions\"}";

    private static readonly PostKeyRequest Post = new() { RaidaId = 1, KeyPart = ByteString.CopyFrom(new byte[16]) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_that_follow_GOAWAY_lose_no_call_and_the_exit_code_is_0()
    {
        // Long enough for a busy machine.
        await using var gateway = await GatewayProcess.StartAsync("--Rke:Grpc:DrainDelay=00:00:05");
        using var channel = GrpcChannel.ForAddress(gateway.Grpc);
        var client = new RkeService.RkeServiceClient(channel);
        using var health = new HealthClient(channel).Watch(new(), cancellationToken: Cancelled);
        Assert.True(await health.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(ServingStatus.Serving, health.ResponseStream.Current.Status);

        using var notified = new CancellationTokenSource();
        var (before, after) = (0, 0);
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            // A load balancer sees the change of health a little later.
            for (var late = 0; late < 3; late += notified.IsCancellationRequested ? 1 : 0)
            {
                var posted = await client.PostKeyAsync(Post, cancellationToken: Cancelled);
                var got = await client.GetKeyAsync(
                    new() { RaidaId = Post.RaidaId, KeyIdHash = posted.KeyIdHash }, cancellationToken: Cancelled);
                Assert.Equal(Post.KeyPart, got.KeyPart);
                Interlocked.Increment(ref notified.IsCancellationRequested ? ref after : ref before);
            }
        })).ToList();
        await Eventually.IsTrueAsync(() => callers.Exists(caller => caller.IsFaulted) || Volatile.Read(ref before) > 20);
        gateway.Terminate();
        Assert.True(await health.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(ServingStatus.NotServing, health.ResponseStream.Current.Status);
        await notified.CancelAsync();
        await Task.WhenAll(callers);
        Assert.True(after > 0);
        Assert.Equal(0, await gateway.WaitAsync());
    }

    [Fact]
    public async Task Connections_in_use_first_receive_a_GOAWAY_that_rejects_no_call()
    {
        // The first GOAWAY follows a call in the last second of the delay. On a busy machine, there may be no call in that second.
        IReadOnlyList<int>? goAways = null;
        for (var attempt = 0; attempt < 5 && goAways is null; attempt++)
        {
            goAways = await CallWhileStoppingAsync();
        }

        Assert.NotNull(goAways);
        Assert.Equal(int.MaxValue, goAways[0]);
        Assert.True(goAways.Count > 1 && goAways[^1] < int.MaxValue, string.Join(' ', goAways));
    }

    // Returns the last streams of the GOAWAYs, or null if two calls were half a second apart.
    private static async Task<IReadOnlyList<int>?> CallWhileStoppingAsync()
    {
        await using var gateway = await RunningGateway.StartAsync(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Rke:Grpc:DrainDelay"] = "00:00:02",
        });
        using var client = await RawHttp2.StartAsync(gateway.Grpc);
        var goAways = new List<int>();
        var stopping = Task.CompletedTask;
        var (last, longest) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
        var isAnswered = true;
        for (var stream = 1; isAnswered && goAways.Count == 0; stream += 2)
        {
            await client.SendAsync((byte[])[.. RawHttp2.Call(stream, RawHttp2.HealthCheck), .. RawHttp2.EmptyMessage(stream)]);
            isAnswered = await client.ReadUntilAsync(frame =>
            {
                NoteGoAway(frame);
                return frame.EndsStream && frame.Stream == stream;
            }) is not null;
            stopping = stopping.IsCompletedSuccessfully ? gateway.StopAsync() : stopping;
            var gap = Stopwatch.GetElapsedTime(last);
            (last, longest) = (Stopwatch.GetTimestamp(), gap > longest ? gap : longest);
        }

        var isBusy = longest > TimeSpan.FromMilliseconds(500);
        Assert.True(isAnswered || isBusy, $"The gateway rejected a call. The GOAWAYs are {string.Join(' ', goAways)}.");
        if (isAnswered)
        {
            Assert.Null(await client.ReadUntilAsync(frame =>
            {
                NoteGoAway(frame);
                return false;
            }));
        }

        await stopping;
        return isBusy ? null : goAways;

        void NoteGoAway(RawFrame frame)
        {
            if (frame.Kind == RawFrame.GoAway)
            {
                goAways.Add(frame.LastStream);
            }
        }
    }

    [Fact]
    public async Task Calls_in_flight_are_finished()
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
        await Eventually.IsTrueAsync(() => gateway.Logs.Lines.Any(line => line.StartsWith("Information 1000 ", StringComparison.Ordinal)));
        Assert.False(call.IsCompleted);
        relay.Open();
        Assert.Equal(1u, (await call).RaidaId);
        await stopping.WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
    }

    [Fact]
    public async Task Calls_do_not_delay_the_stop_beyond_the_drain_timeout()
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
    public async Task Streams_end_with_STOPPING()
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
        var ended = await Assert.ThrowsAsync<RpcException>(() => reflection.ResponseStream.MoveNext(Cancelled));
        Assert.True(ended.StatusCode == StatusCode.Unavailable, $"{ended}");
        ended = await Assert.ThrowsAsync<RpcException>(() => next);
        Assert.True(ended.StatusCode == StatusCode.Unavailable, $"{ended}");
        await stopping;
    }
}
