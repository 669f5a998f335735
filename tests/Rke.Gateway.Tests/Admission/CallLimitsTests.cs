using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Reflection.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rke.Gateway.Listening;
using Rke.Gateway.Tests.Observability;
using Rke.V1;
using HealthClient = Grpc.Health.V1.Health.HealthClient;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Rke.Gateway.Tests.Admission;

public sealed class CallLimitsTests
{
    private const string Admitted = "rke_limiter_decisions_total{limiter=\"concurrency\",decision=\"admitted\"}";

    private static readonly Marshaller<byte[]> Bytes = new(message => message, message => message);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_of_unknown_methods_are_limited()
    {
        await using var gateway = await StartAsync(("MaxCalls", "1"));
        using var held = await RawHttp2.StartAsync(gateway.Grpc);
        await HoldAsync(held, gateway, "/unknown.Service/Method");
        var method = new Method<byte[], byte[]>(MethodType.Unary, "unknown.Service", "Method", Bytes, Bytes);
        var refused = await Details.OfAsync(gateway.Channel.CreateCallInvoker().AsyncUnaryCall(method, null, new(), []));
        Assert.Equal((StatusCode.ResourceExhausted, "OVERLOADED"), (refused.Code, refused.Reason));
        Assert.NotNull(refused.RetryAfter);
    }

    [Fact]
    public async Task Health_works_while_the_gateway_is_overloaded()
    {
        await using var gateway = await StartAsync(("MaxCalls", "1"));
        using var held = await RawHttp2.StartAsync(gateway.Grpc);
        await HoldAsync(held, gateway, "/rke.v1.RkeService/PostKey");
        Assert.Equal("OVERLOADED", (await Details.OfAsync(gateway.Client.GetKeyAsync(new(), cancellationToken: Cancelled))).Reason);
        Assert.Equal(ServingStatus.Serving, (await new HealthClient(gateway.Channel).CheckAsync(new(), cancellationToken: Cancelled)).Status);
    }

    [Fact]
    public async Task Health_watches_and_reflection_have_a_limit_of_their_own()
    {
        await using var gateway = await StartAsync(("MaxDiagnosticStreams", "2"));
        var health = new HealthClient(gateway.Channel);
        using var watch = health.Watch(new(), cancellationToken: Cancelled);
        Assert.True(await watch.ResponseStream.MoveNext(Cancelled));
        using var reflection = new ServerReflection.ServerReflectionClient(gateway.Channel).ServerReflectionInfo(cancellationToken: Cancelled);
        await reflection.RequestStream.WriteAsync(new() { ListServices = "" }, Cancelled);
        Assert.True(await reflection.ResponseStream.MoveNext(Cancelled));

        using var third = health.Watch(new(), cancellationToken: Cancelled);
        Assert.Equal("OVERLOADED", (await Details.OfAsync(third.ResponseStream.MoveNext(Cancelled))).Reason);
        await health.CheckAsync(new(), cancellationToken: Cancelled);
        Assert.Equal("INVALID_FIELD", (await Details.OfAsync(gateway.Client.PostKeyAsync(new(), cancellationToken: Cancelled))).Reason);

        watch.Dispose();
        await Eventually.IsTrueAsync(async () =>
        {
            using var next = health.Watch(new(), cancellationToken: Cancelled);
            try
            {
                return await next.ResponseStream.MoveNext(Cancelled);
            }
            catch (RpcException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task One_address_cannot_use_up_the_calls()
    {
        await using var gateway = await StartAsync(("MaxCallsPerPeer", "1"), ("MaxDiagnosticStreamsPerPeer", "1"));
        using var held = await RawHttp2.StartAsync(gateway.Grpc, local: "127.0.0.2");
        await HoldAsync(held, gateway, "/rke.v1.RkeService/PostKey");
        using var same = ChannelFrom("127.0.0.2", gateway.Grpc);
        var refused = await Details.OfAsync(new RkeService.RkeServiceClient(same).GetKeyAsync(new(), cancellationToken: Cancelled));
        Assert.Equal("OVERLOADED", refused.Reason);
        Assert.Equal("INVALID_FIELD", (await Details.OfAsync(gateway.Client.GetKeyAsync(new(), cancellationToken: Cancelled))).Reason);
    }

    [Fact]
    public async Task Refused_calls_of_one_address_do_not_use_up_the_calls_of_all_addresses()
    {
        const string Refused = "rke_limiter_decisions_total{limiter=\"concurrency\",decision=\"refused\"}";
        await using var gateway = await StartAsync(("MaxCalls", "3"), ("MaxCallsPerPeer", "1"));
        using var held = await RawHttp2.StartAsync(gateway.Grpc, local: "127.0.0.2");
        await HoldAsync(held, gateway, "/rke.v1.RkeService/PostKey");

        // The requests of these calls do not end, so the refused calls do not end either.
        foreach (var stream in (int[])[3, 5, 7, 9])
        {
            await held.SendAsync(RawHttp2.Call(stream, "/rke.v1.RkeService/PostKey"));
        }

        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))[Refused].Equals(4));
        Assert.Equal("INVALID_FIELD", (await Details.OfAsync(gateway.Client.GetKeyAsync(new(), cancellationToken: Cancelled))).Reason);
    }

    [Fact]
    public async Task Large_metadata_fails_only_its_call()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(network.Settings());
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellationToken) =>
            {
                connections++;
                return ConnectAsync("127.0.0.1", context.DnsEndPoint, cancellationToken);
            },
        };
        using var channel = GrpcChannel.ForAddress(gateway.Grpc, new() { HttpHandler = handler });
        var client = new RkeService.RkeServiceClient(channel);
        using var watch = new HealthClient(channel).Watch(new(), cancellationToken: Cancelled);
        Assert.True(await watch.ResponseStream.MoveNext(Cancelled));
        foreach (var size in (int[])[17 << 10, 33 << 10, 60 << 10])
        {
            var refused = await Details.OfAsync(client.PostKeyAsync(
                new(), new Metadata { { "x-large", new string('a', size) } }, cancellationToken: Cancelled));
            Assert.Equal((StatusCode.ResourceExhausted, "METADATA_TOO_LARGE"), (refused.Code, refused.Reason));
        }

        var many = new Metadata();
        for (var entry = 0; entry < 400; entry++)
        {
            many.Add($"x-{entry}", "value");
        }

        Assert.Equal("METADATA_TOO_LARGE", (await Details.OfAsync(client.PostKeyAsync(new(), many, cancellationToken: Cancelled))).Reason);
        var posted = await client.PostKeyAsync(
            new() { KeyPart = ByteString.CopyFrom(new byte[8]) }, new Metadata { { "x-large", new string('a', 15 << 10) } }, cancellationToken: Cancelled);
        Assert.Equal(16, posted.KeyId.Length);
        Assert.Equal(1, connections);
    }

    [Fact]
    public async Task Health_checks_run_once_a_second_and_not_for_each_call()
    {
        var counted = new CountedCheck();
        await using var gateway = await RunningGateway.StartAsync(
            new Dictionary<string, string?>(StringComparer.Ordinal),
            builder => builder.Services.AddHealthChecks().AddCheck("counted", counted));
        var health = new HealthClient(gateway.Channel);
        var before = counted.Runs;
        for (var batch = 0; batch < 20; batch++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => health.CheckAsync(new(), cancellationToken: Cancelled).ResponseAsync));
        }

        Assert.InRange(counted.Runs - before, 0, 60);
    }

    [Fact]
    public async Task Connections_of_clients_that_do_not_read_responses_are_closed()
    {
        await using var gateway = await StartAsync(("MaxStreams", "50"), ("MaxCalls", "40"));
        using var greedy = await RawHttp2.StartAsync(gateway.Grpc, window: 0);
        for (var call = 0; call < 60; call++)
        {
            await greedy.SendAsync((byte[])[.. RawHttp2.Call((2 * call) + 1, RawHttp2.HealthCheck), .. RawHttp2.EmptyMessage((2 * call) + 1)]);
            if (gateway.Services.GetRequiredService<StreamTotals>().Count == 0 && call > 0)
            {
                break;
            }
        }

        Assert.Null(await greedy.ReadUntilAsync(_ => false));
        await Eventually.IsTrueAsync(() => gateway.Services.GetRequiredService<StreamTotals>().Count == 0);
        await new HealthClient(gateway.Channel).CheckAsync(new(), cancellationToken: Cancelled);
    }

    [Fact]
    public async Task Streams_are_counted_until_their_end()
    {
        await using var gateway = await StartAsync();
        var totals = gateway.Services.GetRequiredService<StreamTotals>();
        var health = new HealthClient(gateway.Channel);
        using var watch = health.Watch(new(), cancellationToken: Cancelled);
        Assert.True(await watch.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(1, totals.Count);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => health.CheckAsync(new(), cancellationToken: Cancelled).ResponseAsync));
        await Eventually.IsTrueAsync(() => totals.Count == 1);
        watch.Dispose();
        await Eventually.IsTrueAsync(() => totals.Count == 0);
    }

    private static Task<RunningGateway> StartAsync(params (string Key, string Value)[] settings) => RunningGateway.StartAsync(
        settings.ToDictionary(setting => $"Rke:Grpc:{setting.Key}", setting => (string?)setting.Value, StringComparer.Ordinal));

    // Starts a call without its message, and waits until the gateway has admitted it.
    private static async Task HoldAsync(RawHttp2 client, RunningGateway gateway, string path)
    {
        await client.SendAsync(RawHttp2.Call(1, path));
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))[Admitted].Equals(1));
    }

    private static GrpcChannel ChannelFrom(string local, Uri gateway) => GrpcChannel.ForAddress(gateway, new()
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellationToken) => ConnectAsync(local, context.DnsEndPoint, cancellationToken),
        },
        DisposeHttpClient = true,
    });

    private static async ValueTask<Stream> ConnectAsync(string local, DnsEndPoint gateway, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(local), 0));
        await socket.ConnectAsync(gateway, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private sealed class CountedCheck : IHealthCheck
    {
        private int _runs;

        public int Runs => Volatile.Read(ref _runs);

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _runs);
            return Task.FromResult(HealthCheckResult.Healthy());
        }
    }
}
