using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Tests.Observability;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Rke.Gateway.Tests.Listening;

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
    public async Task The_age_of_a_connection_starts_at_its_first_call()
    {
        await using var network = await TestNetwork.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var settings = With(network, "MaxConnectionAge", "00:00:10");
        (settings["Rke:Grpc:HandshakeTimeout"], settings["Rke:Grpc:FirstCallTimeout"]) = ("00:01:00", "00:01:00");
        await using var gateway = await RunningGateway.StartAsync(
            settings, builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(gateway.Grpc.Host, gateway.Grpc.Port, Cancelled);
        await Eventually.IsTrueAsync(async () => (await Samples.OfAsync(gateway))["rke_grpc_connections"].Equals(1));

        // More than the maximum age passes before the caller sends its first bytes, for example during a handshake.
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
    public async Task A_stream_ends_when_the_grace_period_of_its_connection_ends()
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
    public async Task A_connection_above_the_limit_is_closed()
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
    public async Task One_address_cannot_use_up_the_connections()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(With(network, "MaxConnectionsPerPeer", "1"));
        using var first = await RawHttp2.StartAsync(gateway.Grpc, local: "127.0.0.2");
        Assert.NotNull(await first.ReadAsync());
        for (var connection = 0; connection < 20; connection++)
        {
            Assert.Null(await StartAndReadAsync(gateway, "127.0.0.2"));
        }

        Assert.NotNull(await StartAndReadAsync(gateway, "127.0.0.3"));
        var line = gateway.Logs.Lines.First(line => line.StartsWith("Warning 1102 ", StringComparison.Ordinal));
        Assert.Contains("127.0.0.2", line, StringComparison.Ordinal);
        Assert.Contains("Rke:Grpc:MaxConnectionsPerPeer", line, StringComparison.Ordinal);
        first.Dispose();
        await Eventually.IsTrueAsync(async () => await StartAndReadAsync(gateway, "127.0.0.2") is not null);
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "PRI * HTTP/2.0\r\n")]
    [InlineData(true, "")]
    [InlineData(true, "\u0016\u0003\u0001")]
    public async Task A_connection_without_a_handshake_is_closed(bool isTls, string start)
    {
        await using var network = await TestNetwork.StartAsync();
        using var authority = new TestAuthority();
        using var folder = new TlsFolder();
        folder.Write(authority.SignServer());
        var settings = With(network, "HandshakeTimeout", "00:00:00.300");
        foreach (var (key, value) in isTls ? folder.Settings(isMutual: false) : [])
        {
            settings[key] = value;
        }

        await using var gateway = await RunningGateway.StartAsync(settings);
        using var client = await RawHttp2.ConnectAsync(gateway.Grpc);
        await client.SendAsync(Encoding.ASCII.GetBytes(start));
        Assert.Null(await client.ReadUntilAsync(_ => false).WaitAsync(TimeSpan.FromSeconds(20), Cancelled));
    }

    [Fact]
    public async Task A_connection_without_a_call_receives_GOAWAY()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(With(network, "FirstCallTimeout", "00:00:00.300"));
        using var client = await RawHttp2.StartAsync(gateway.Grpc);
        var goAway = await client.ReadUntilAsync(frame => frame.Kind == RawFrame.GoAway);
        Assert.Equal(0, goAway!.LastStream);
        Assert.Null(await client.ReadUntilAsync(_ => false));

        // A connection with calls stays open.
        using var used = await RawHttp2.StartAsync(gateway.Grpc);
        await used.SendAsync(Check(1));
        Assert.NotNull(await used.ReadUntilAsync(frame => frame.EndsStream));
        await Assert.ThrowsAsync<TimeoutException>(
            () => used.ReadUntilAsync(_ => false).WaitAsync(TimeSpan.FromSeconds(1), Cancelled));
    }

    [Fact]
    public async Task An_old_connection_first_receives_a_GOAWAY_that_rejects_no_call()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(With(network, "MaxConnectionAge", "00:00:00.200"));
        using var client = await RawHttp2.StartAsync(gateway.Grpc);
        var (goAway, ping) = ((RawFrame?)null, (RawFrame?)null);
        var stream = 1;
        for (; goAway is null; stream += 2)
        {
            await client.SendAsync(Check(stream));
            await client.ReadUntilAsync(frame =>
            {
                goAway ??= frame.Kind == RawFrame.GoAway ? frame : null;
                ping ??= frame.Kind == RawFrame.Ping ? frame : null;
                return frame.EndsStream;
            });
        }

        Assert.Equal(int.MaxValue, goAway.LastStream);

        // The client sent these calls before it received the GOAWAY.
        await client.SendAsync((byte[])[.. Check(stream), .. Check(stream + 2)]);
        for (var call = 0; call < 2; call++)
        {
            Assert.NotNull(await client.ReadUntilAsync(frame => frame.EndsStream));
        }

        await client.SendAsync((byte[])[.. Check(stream + 4), .. RawHttp2.Frame(RawFrame.Ping, 1, 0, ping!.Payload)]);
        var isAnswered = false;
        RawFrame? last = null;
        Assert.Null(await client.ReadUntilAsync(frame =>
        {
            isAnswered |= frame.EndsStream && frame.Stream == stream + 4;
            last = frame.Kind == RawFrame.GoAway ? frame : last;
            return false;
        }));
        Assert.True(isAnswered);
        Assert.Equal(stream + 4, last!.LastStream);
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
    public async Task A_request_that_is_too_long_is_rejected()
    {
        await using var network = await TestNetwork.StartAsync();
        await using var gateway = await RunningGateway.StartAsync(With(network, "MaxMessageSize", "1024"));
        var refused = await Details.OfAsync(gateway.Client.PostKeyAsync(
            new() { KeyPart = ByteString.CopyFrom(new byte[2000]) }, cancellationToken: Cancelled));
        Assert.Equal((StatusCode.ResourceExhausted, "MESSAGE_TOO_LARGE"), (refused.Code, refused.Reason));
        Assert.Contains("size", refused.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> With(TestNetwork network, string key, string value) =>
        new(network.Settings()) { [$"Rke:Grpc:{key}"] = value };

    private static byte[] Check(int stream) => [.. RawHttp2.Call(stream, RawHttp2.HealthCheck), .. RawHttp2.EmptyMessage(stream)];

    private static async Task<RawFrame?> StartAndReadAsync(RunningGateway gateway, string local)
    {
        try
        {
            using var client = await RawHttp2.StartAsync(gateway.Grpc, local: local);
            return await client.ReadAsync();
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return null;
        }
    }

    // RFC 9113 §3.4, §4.1, §6.5: sends the preface and empty SETTINGS. The first frame of the server is SETTINGS.
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
