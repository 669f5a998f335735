using System.Buffers.Binary;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Tests.EndToEnd;
using Rke.Gateway.Tests.Observability;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Rke.Gateway.Tests.Draining;

public sealed class ConnectionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_old_connection_is_replaced_and_no_call_fails()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(With(network, "MaxConnectionAge", "00:00:00.100"));
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var channel = GrpcChannel.ForAddress(gateway.Grpc, new() { HttpHandler = handler });
        var client = new HealthClient(channel);
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref connections) < 5)
            {
                await client.CheckAsync(new(), cancellationToken: Cancelled);
            }
        }));
        await Task.WhenAll(callers).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task A_connection_begins_to_age_with_its_first_call()
    {
        await using var network = await TestNetwork.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var gateway = await RunningGateway.StartAsync(
            With(network, "MaxConnectionAge", "00:00:10"), builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(gateway.Grpc.Host, gateway.Grpc.Port, Cancelled);
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))["rke_grpc_connections"].Equals(1));

        // Longer than a connection's whole life passes before the caller, such as one in a handshake, speaks.
        time.Advance(TimeSpan.FromSeconds(20));
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => ++connections == 1
                ? new(new NetworkStream(socket))
                : throw new InvalidOperationException("The first connection was sent away."),
        };
        using var channel = GrpcChannel.ForAddress(gateway.Grpc, new() { HttpHandler = handler });
        var client = new HealthClient(channel);
        await client.CheckAsync(new(), cancellationToken: Cancelled);
        await client.CheckAsync(new(), cancellationToken: Cancelled);
        time.Advance(TimeSpan.FromSeconds(20));
        await Eventually.IsTrueAsync(async () =>
            await Record.ExceptionAsync(async () => await client.CheckAsync(new(), cancellationToken: Cancelled)) is not null);
        Assert.NotEqual(1, connections);
    }

    [Fact]
    public async Task A_stream_that_outlives_the_grace_of_its_connection_ends()
    {
        await using var network = await TestNetwork.StartAsync();
        var settings = With(network, "MaxConnectionAge", "00:00:00.100");
        settings["Rke:Grpc:MaxConnectionAgeGrace"] = "00:00:00.100";
        await using var gateway = await RunningGateway.StartAsync(settings);
        using var watch = new HealthClient(gateway.Channel).Watch(new(), cancellationToken: Cancelled);
        var ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await watch.ResponseStream.MoveNext(Cancelled))
            {
            }
        });
        Assert.Equal(StatusCode.Unavailable, ended.StatusCode);
    }

    [Fact]
    public async Task One_connection_too_many_is_closed()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(With(network, "MaxConnections", "1"));
        using var first = new TcpClient();
        await first.ConnectAsync(gateway.Grpc.Host, gateway.Grpc.Port, Cancelled);
        Assert.NotEmpty(await ReadSettingsAsync(first.GetStream()));
        using var second = new TcpClient();
        var closed = await Record.ExceptionAsync(async () =>
        {
            await second.ConnectAsync(gateway.Grpc.Host, gateway.Grpc.Port, Cancelled);
            await ReadSettingsAsync(second.GetStream());
        });
        Assert.True(closed is IOException or SocketException, $"{closed}");
    }

    [Fact]
    public async Task Calls_on_one_connection_are_limited()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(With(network, "MaxStreamsPerConnection", "7"));
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Grpc.Host, gateway.Grpc.Port, Cancelled);
        const ushort MaxConcurrentStreams = 3;
        Assert.Equal(7u, (await ReadSettingsAsync(client.GetStream()))[MaxConcurrentStreams]);
    }

    [Fact]
    public async Task A_request_that_is_too_long_is_refused()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(With(network, "MaxMessageSize", "1024"));
        var refused = await Assert.ThrowsAsync<RpcException>(() => gateway.Client.PostKeyAsync(
            new() { KeyPart = ByteString.CopyFrom(new byte[2000]) }, cancellationToken: Cancelled).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
    }

    private static Dictionary<string, string?> With(TestNetwork network, string key, string value) =>
        new(network.Settings()) { [$"Rke:Grpc:{key}"] = value };

    // RFC 9113 §3.4, §4.1, §6.5: preface and empty SETTINGS go out, the server's SETTINGS come first.
    private static async Task<Dictionary<ushort, uint>> ReadSettingsAsync(NetworkStream stream)
    {
        await stream.WriteAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0], Cancelled);
        var header = new byte[9];
        await stream.ReadExactlyAsync(header, Cancelled);
        Assert.Equal(4, header[3]);
        var payload = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(1))];
        await stream.ReadExactlyAsync(payload, Cancelled);
        return payload.Chunk(6).ToDictionary(
            setting => BinaryPrimitives.ReadUInt16BigEndian(setting),
            setting => BinaryPrimitives.ReadUInt32BigEndian(setting.AsSpan(2)));
    }
}
