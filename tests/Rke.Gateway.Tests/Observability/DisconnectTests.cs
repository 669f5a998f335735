using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Rke.V1;

namespace Rke.Gateway.Tests.Observability;

/// <summary>A call whose caller cancels or disconnects is counted as CANCELLED, and is not an error of the gateway.</summary>
public sealed class DisconnectTests
{
    private const string PostKey = "rke.v1.RkeService/PostKey";
    private const string WatchSessions = "rke.v1.RkeSessionService/WatchSessions";

    public enum Way
    {
        Cancel,
        ResetConnection,
    }

    [Theory]
    [InlineData(PostKey, Way.Cancel)]
    [InlineData(PostKey, Way.ResetConnection)]
    [InlineData(WatchSessions, Way.Cancel)]
    [InlineData(WatchSessions, Way.ResetConnection)]
    public async Task A_caller_that_disconnects_counts_as_cancelled(string method, Way way)
    {
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc: true);
        await using var silent = ScriptedServer.Silent();
        await using var network = TestNetwork.WithoutServers(TestNetwork.MakeCoin(1));
        var trace = CallerTrace.NewId();
        await using (var gateway = await StartAsync(network, silent, receiver))
        {
            using var caller = new Caller(gateway.Grpc);
            using var stop = new CancellationTokenSource();
            Task call = method == PostKey
                ? new RkeService.RkeServiceClient(caller.Channel).PostKeyAsync(
                    new() { RaidaId = 0, KeyPart = ByteString.CopyFrom(new byte[16]) },
                    CallerTrace.Headers(trace),
                    cancellationToken: stop.Token).ResponseAsync
                : new RkeSessionService.RkeSessionServiceClient(caller.Channel).WatchSessions(
                    new(), CallerTrace.Headers(trace), cancellationToken: stop.Token).ResponseStream.MoveNext(stop.Token);
            await IsUnderWayAsync(gateway, method);
            if (way == Way.Cancel)
            {
                await stop.CancelAsync();
            }
            else
            {
                caller.ResetConnection();
            }

            await Assert.ThrowsAsync<RpcException>(() => call);
            await IsCountedAsync(gateway, method);
            Assert.DoesNotContain(gateway.Logs.Lines, line => line.StartsWith("Error ", StringComparison.Ordinal));
        }

        var span = Assert.Single(receiver.Spans, span => span.TraceId == trace && span.Name == method);
        Assert.Equal(("CANCELLED", false), (span["error.type"], span.IsError));
        Assert.Equal(("1", "1"), (span["rpc.grpc.status_code"], span["grpc.status_code"]));
    }

    [Fact]
    public async Task A_caller_that_disconnects_before_its_request_is_complete_counts_as_cancelled()
    {
        await using var receiver = await OtlpReceiver.StartAsync(isGrpc: true);
        await using var silent = ScriptedServer.Silent();
        await using var network = TestNetwork.WithoutServers(TestNetwork.MakeCoin(1));
        var trace = CallerTrace.NewId();
        await using (var gateway = await StartAsync(network, silent, receiver))
        {
            using var client = new HttpClient();
            using var stop = new CancellationTokenSource();
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Grpc, PostKey))
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new UnfinishedMessage(),
                Headers = { { "traceparent", CallerTrace.Parent(trace) } },
            };
            var call = client.SendAsync(request, stop.Token);
            await IsUnderWayAsync(gateway, PostKey);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            await IsCountedAsync(gateway, PostKey);
        }

        var span = Assert.Single(receiver.Spans, span => span.TraceId == trace && span.Name == PostKey);
        Assert.Equal(("CANCELLED", false), (span["error.type"], span.IsError));
    }

    private static Task<RunningGateway> StartAsync(TestNetwork network, ScriptedServer server, OtlpReceiver receiver) =>
        RunningGateway.StartAsync(new Dictionary<string, string?>(network.Settings())
        {
            ["Rke:Networks:0:Servers:0"] = $"{server.EndPoint}",
            ["Rke:Grpc:DefaultDeadline"] = "00:05:00",
            ["Rke:Signal:Listen"] = "127.0.0.1:0",
            ["Rke:Telemetry:Otlp:Endpoint"] = receiver.Endpoint.ToString(),
        });

    private static Task IsUnderWayAsync(RunningGateway gateway, string method) => Eventually.IsTrueAsync(async () =>
        (await Samples.OfAsync(gateway))[$"rke_grpc_requests_in_flight{{method=\"{method}\"}}"].Equals(1));

    private static async Task IsCountedAsync(RunningGateway gateway, string method)
    {
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway)).Names.Any(
            name => name.StartsWith("rke_grpc_requests_total{", StringComparison.Ordinal)));
        var samples = await Samples.OfAsync(gateway);
        var ended = Assert.Single(
            samples.Names, name => name.StartsWith("rke_grpc_requests_total{", StringComparison.Ordinal));
        Assert.Equal($"rke_grpc_requests_total{{code=\"CANCELLED\",method=\"{method}\"}}", ended);
        Assert.Equal(1, samples[ended]);
        Assert.DoesNotContain(
            samples.Names, name => name.StartsWith("rke_grpc_failures_total", StringComparison.Ordinal));
    }

    /// <summary>An incomplete gRPC message.</summary>
    private sealed class UnfinishedMessage : HttpContent
    {
        public UnfinishedMessage() => Headers.ContentType = new MediaTypeHeaderValue("application/grpc");

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(new byte[] { 0, 0, 0, 0, 20, 1 }, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>A client whose connection can break.</summary>
    private sealed class Caller : IDisposable
    {
        private Socket? _socket;

        public Caller(Uri gateway) => Channel = GrpcChannel.ForAddress(gateway, new()
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler { ConnectCallback = ConnectAsync },
        });

        public GrpcChannel Channel { get; }

        public void ResetConnection()
        {
            _socket!.LingerState = new(enable: true, seconds: 0);
            _socket.Close();
        }

        public void Dispose() => Channel.Dispose();

        private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
        {
            _socket = new(SocketType.Stream, ProtocolType.Tcp);
            await _socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(_socket, ownsSocket: true);
        }
    }
}
