using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Rke.UdpBridge.Streams;
using Rke.Wire;

namespace Rke.UdpBridge.Tests.Streams;

/// <summary>
/// Hostile connections to a real TCP port: the memory stays bounded, and nothing hangs. No other test runs at the same time, because one test
/// measures the memory of the process.
/// </summary>
[Collection(nameof(StreamServerTests))]
[CollectionDefinition(nameof(StreamServerTests), DisableParallelization = true)]
public sealed class StreamServerTests
{
    private const int RequestLength = 50;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>500 in CI, 10,000 in tests/full/connections.</summary>
    private static int ManyConnections => int.Parse(
        Environment.GetEnvironmentVariable("RKE_CONNECTIONS") ?? "500", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Requests_on_one_connection_are_answered_one_after_the_other()
    {
        await using var server = Start();
        using var client = await ConnectAsync(server);
        for (ushort echo = 1; echo <= 5; echo++)
        {
            await client.SendAsync(Request(echo), Cancelled);
            Assert.Equal(echo, await ReadEchoAsync(client));
        }
    }

    [Fact]
    public async Task A_request_in_single_bytes_is_answered()
    {
        await using var server = Start();
        using var client = await ConnectAsync(server);
        client.NoDelay = true;
        foreach (var value in Request(7))
        {
            await client.SendAsync(new[] { value }, Cancelled);
        }

        Assert.Equal(7, await ReadEchoAsync(client));
    }

    [Fact]
    public async Task Half_a_frame_and_then_the_end_of_the_stream_gets_no_answer()
    {
        await using var server = Start();
        for (var length = 0; length < RequestLength; length++)
        {
            using var client = await ConnectAsync(server);
            await client.SendAsync(Request(1).AsMemory(0, length), Cancelled);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await client.ReceiveAsync(new byte[64], Cancelled));
        }

        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
    }

    [Fact]
    public async Task Half_a_frame_and_then_silence_ends_with_the_timeout()
    {
        var time = new FakeTimeProvider();
        await using var server = Start(time: time);
        using var idle = await ConnectAsync(server);
        using var half = await ConnectAsync(server);
        await half.SendAsync(Request(1).AsMemory(0, 40), Cancelled);
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 2);
        await Eventually.IsTrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return server.ConnectionCount == 0;
        });
        Assert.True(await IsClosedAsync(idle));
        Assert.True(await IsClosedAsync(half));
    }

    [Fact]
    public async Task A_slow_stream_cannot_extend_the_timeout()
    {
        var time = new FakeTimeProvider();
        await using var server = Start(time: time);
        using var client = await ConnectAsync(server);
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 1);
        var request = Request(1);
        var sent = 0;
        await Eventually.IsTrueAsync(async () =>
        {
            // A byte each second, and never the last one.
            if (sent < RequestLength - 1)
            {
                await TrySendAsync(client, request.AsMemory(sent++, 1), Cancelled);
            }

            time.Advance(TimeSpan.FromSeconds(1));
            return server.ConnectionCount == 0;
        });
        Assert.InRange(sent, 1, RequestLength - 1);
    }

    [Fact]
    public async Task An_endless_stream_is_closed_at_its_first_invalid_header()
    {
        await using var server = Start();
        using var client = await ConnectAsync(server);
        var noise = new byte[64 * 1024];
        RandomNumberGenerator.Fill(noise);
        await Eventually.IsTrueAsync(async () => !await TrySendAsync(client, noise, Cancelled));
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
    }

    [Fact]
    public async Task A_client_that_never_reads_is_closed()
    {
        var time = new FakeTimeProvider();
        await using var server = Start(time: time);
        using var client = await ConnectAsync(server);
        client.ReceiveBufferSize = 1024;
        var requests = Enumerable.Range(0, 1000).SelectMany(echo => Request((ushort)echo)).ToArray();

        // The server stops to read when its answers fill the buffers.
        var sending = Task.Run(
            async () =>
            {
                while (await TrySendAsync(client, requests, Cancelled))
                {
                }
            },
            Cancelled);
        await Eventually.IsTrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return server.ConnectionCount == 0;
        });
        await sending.WaitAsync(Limit, Cancelled);
    }

    [Theory]
    [InlineData(5, 41)]
    [InlineData(22, 255)]
    [InlineData(23, 17)]
    public async Task An_invalid_header_is_refused_and_the_connection_closed(int offset, byte value)
    {
        await using var server = Start();
        using var client = await ConnectAsync(server);
        var header = Request(9)[..32];
        header[offset] = value;
        await client.SendAsync(header, Cancelled);
        Assert.Equal(9, await ReadEchoAsync(client));
        Assert.True(await IsClosedAsync(client));
    }

    [Fact]
    public async Task A_source_has_a_limited_number_of_connections()
    {
        await using var server = Start(new() { MaxPerSource = 3 });
        var clients = new List<Socket>();
        for (var count = 0; count < 3; count++)
        {
            clients.Add(await ConnectAsync(server));
        }

        await Eventually.IsTrueAsync(() => server.ConnectionCount == 3);
        Assert.True(await IsRefusedAsync(server));

        using (var other = await ConnectAsync(server, "127.0.1.1"))
        {
            await other.SendAsync(Request(1), Cancelled);
            Assert.Equal(1, await ReadEchoAsync(other));
        }

        clients[0].Dispose();
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 2);
        using var next = await ConnectAsync(server);
        await next.SendAsync(Request(2), Cancelled);
        Assert.Equal(2, await ReadEchoAsync(next));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Many_open_connections_keep_nobody_out_and_use_bounded_memory()
    {
        const int MaxConnections = 100;
        const long MaxBytesPerConnection = 32 * 1024;
        await using var server = Start(new() { MaxConnections = MaxConnections, MaxPerSource = MaxConnections });
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clients = new List<Socket>();
        for (var count = 0; count < ManyConnections; count++)
        {
            // Half a frame, from many networks.
            var client = await ConnectAsync(server, $"127.{1 + (count % 200)}.{count / 200}.1");
            await TrySendAsync(client, Request(1).AsMemory(0, 40), Cancelled);
            clients.Add(client);
        }

        await Eventually.IsTrueAsync(() => server.ConnectionCount == MaxConnections);
        using (var honest = await ConnectAsync(server))
        {
            await honest.SendAsync(Request(5), Cancelled);
            Assert.Equal(5, await ReadEchoAsync(honest));
        }

        clients.ForEach(client => client.Dispose());
        clients.Clear();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MaxConnections * MaxBytesPerConnection);
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 0);
    }

    [Fact]
    public async Task A_server_stops_with_open_connections()
    {
        var server = Start();
        using var idle = await ConnectAsync(server);
        using var half = await ConnectAsync(server);
        await half.SendAsync(Request(1).AsMemory(0, 33), Cancelled);
        await Eventually.IsTrueAsync(() => server.ConnectionCount == 2);
        await server.DisposeAsync().AsTask().WaitAsync(Limit, Cancelled);
        Assert.True(await IsClosedAsync(idle));
    }

    [Fact]
    public async Task A_failure_of_one_request_does_not_stop_the_server()
    {
        await using var server = Start();
        using (var failing = await ConnectAsync(server))
        {
            await failing.SendAsync(Request(EchoHandler.FailingEcho), Cancelled);
            Assert.True(await IsClosedAsync(failing));
        }

        using var client = await ConnectAsync(server);
        await client.SendAsync(Request(3), Cancelled);
        Assert.Equal(3, await ReadEchoAsync(client));
    }

    private static StreamServer Start(StreamServerOptions? options = null, TimeProvider? time = null)
    {
        var server = new StreamServer(
            StreamServer.Bind(new(IPAddress.Loopback, 0)),
            new EchoHandler(),
            secure: null,
            options ?? new() { MaxPerSource = 1000 },
            time ?? TimeProvider.System,
            NullLogger.Instance);
        server.Start();
        return server;
    }

    private static byte[] Request(ushort echo)
    {
        var address = new RequestAddress(WireProfile.Rke, 6, 0, default);
        var request = new byte[RequestLength];
        RequestFrame.Write(request, address, new(echo), Challenge.Create("random bytes"u8), default(EchoPayload), cipher: null);
        return request;
    }

    private static async Task<Socket> ConnectAsync(StreamServer server, string from = "127.0.0.1")
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(server.EndPoint, Cancelled);
        return socket;
    }

    private static async Task<int> ReadEchoAsync(Socket client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(Limit);
        await using var stream = new NetworkStream(client, ownsSocket: false);
        var answer = new byte[ResponseHeader.Length];
        await stream.ReadExactlyAsync(answer, limit.Token);
        return BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(6));
    }

    private static async Task<bool> IsClosedAsync(Socket client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(Limit);
        try
        {
            return await client.ReceiveAsync(new byte[1], limit.Token) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    // The server closes the connection while or after the client connects.
    private static async Task<bool> IsRefusedAsync(StreamServer server)
    {
        try
        {
            using var client = await ConnectAsync(server);
            return await IsClosedAsync(client);
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static async Task<bool> TrySendAsync(Socket client, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await client.SendAsync(bytes, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Accepts Echo, and answers with the echo of the request.</summary>
    private sealed class EchoHandler : IStreamRequestHandler
    {
        public const ushort FailingEcho = 666;

        public int BodyLength => RequestLength - RequestHeader.Length;

        public bool Accepts(in RequestHeader header, Span<byte> answer, out int length)
        {
            var isAccepted = header.Code == CommandCode.Of(WireProfile.Rke, WireCommand.Echo) && header.BodyLength == BodyLength;
            length = isAccepted ? 0 : Write(header, answer);
            return isAccepted;
        }

        public ValueTask<int> AnswerAsync(
            ReadOnlyMemory<byte> request, IPEndPoint source, Memory<byte> answer, CancellationToken cancellationToken)
        {
            RequestHeader.TryRead(request.Span, out var header);
            return header.Nonce.Echo == FailingEcho
                ? throw new NotSupportedException("This request fails.")
                : new(Write(header, answer.Span));
        }

        private static int Write(in RequestHeader header, Span<byte> answer) => ResponseFrame.WriteStatus(
            answer, WireProfile.Rke, header, 0, 1, isHeaderError: false, challenge: null, 0, trailer: false, cipher: null);
    }
}
