using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Rke.UdpBridge.Transports;
using Rke.UdpBridge.Transports.Native;

namespace Rke.UdpBridge.Tests.Native;

/// <summary>The sockets and the thread of the native transport. The other tests run over it, too.</summary>
public class LinuxTransportTests
{
    [Fact]
    public async Task A_closed_transport_leaves_no_descriptor_and_no_thread()
    {
        using var server = Bound();
        for (var count = 0; count < 20; count++)
        {
            await using var transport = new LinuxTransport();
            var ports = Enumerable.Range(0, 50).Select(_ =>
            {
                var port = transport.Open(EndPoint(server), new Receiver());
                port.Start();
                return port;
            }).ToArray();
            foreach (var port in ports)
            {
                port.Dispose();
            }

            await transport.DisposeAsync();
            await Eventually.IsTrueAsync(() => !transport.IsRunning);
            Assert.All(transport.Descriptors, static descriptor => Assert.True(descriptor.IsClosed));
            Assert.Empty(transport.Ports);
        }
    }

    [Fact]
    public async Task A_thousand_sockets_receive()
    {
        const int Count = 1000;
        using var server = Bound();
        await using var transport = new LinuxTransport();
        var receivers = Enumerable.Range(0, Count).Select(_ => new Receiver()).ToArray();
        var ports = receivers.Select(receiver => transport.Open(EndPoint(server), receiver)).ToArray();
        try
        {
            foreach (var port in ports)
            {
                port.Start();
            }

            var buffer = new byte[100];
            for (var index = 0; index < Count; index++)
            {
                Send(ports[index], BitConverter.GetBytes(index));
                EndPoint source = new IPEndPoint(IPAddress.Any, 0);
                var length = server.ReceiveFrom(buffer, ref source);
                server.SendTo(buffer.AsSpan(0, length), source);
                Assert.Equal(BitConverter.GetBytes(index), await receivers[index].NextAsync());
            }
        }
        finally
        {
            foreach (var port in ports)
            {
                port.Dispose();
            }
        }
    }

    [Fact]
    public async Task Callers_that_block_their_threads_do_not_stop_other_exchanges()
    {
        const int Blocking = 4;
        await using var server = ScriptedServer.Echoing();
        await using var bridge = new Bridges(BridgeTransport.Native).Create(Bridges.Calm with { SocketsPerServer = 1 });
        var link = bridge.Link(server.Address);
        using var release = new ManualResetEventSlim();
        var callers = new List<Task>();
        try
        {
            for (var count = 0; count < Blocking; count++)
            {
                var isBlocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                callers.Add(BlockAsync(isBlocked));
                await isBlocked.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            }

            using var exchange = await link.EchoAsync();
            Assert.Equal(ExchangeOutcome.Answered, exchange.Outcome);

            // Another socket would also receive the response.
            Assert.Equal(0, link.Statistics.ReplacedSockets);
        }
        finally
        {
            release.Set();
        }

        await Task.WhenAll(callers);

        // An exchange can end before its caller waits for it. The caller then continues on its own thread, which is not the
        // thread that this test is about, and must not be the thread of the test.
        async Task BlockAsync(TaskCompletionSource isBlocked)
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var isReceiver = false;
            while (!isReceiver)
            {
                var pending = link.EchoAsync();
                isReceiver = !pending.IsCompleted;
                using var exchange = await pending.ConfigureAwait(false);
            }

            isBlocked.SetResult();
            release.Wait();
        }
    }

    [Fact]
    public async Task A_batch_arrives_in_order_and_a_longer_one_needs_several_calls()
    {
        using var server = Bound();
        await using var transport = new LinuxTransport();
        var receiver = new Receiver();
        using var port = transport.Open(EndPoint(server), receiver);
        port.Start();
        var datagrams = Enumerable.Range(0, 100).Select(static index => new ReadOnlyMemory<byte>([(byte)index])).ToArray();

        Assert.Equal(64, port.Send(datagrams, out var result, out var error));
        Assert.Equal((SendResult.Sent, SocketError.Success), (result, error));
        Assert.Equal(36, port.Send(datagrams.AsSpan(64), out result, out error));

        var buffer = new byte[100];
        for (var index = 0; index < 100; index++)
        {
            EndPoint source = new IPEndPoint(IPAddress.Any, 0);
            Assert.Equal(1, server.ReceiveFrom(buffer, ref source));
            Assert.Equal(index, buffer[0]);
            server.SendTo(buffer.AsSpan(0, 1), source);
            Assert.Equal([(byte)index], await receiver.NextAsync());
        }
    }

    [Fact]
    public async Task Datagrams_without_a_free_buffer_are_dropped_and_a_part_of_a_batch_is_sent()
    {
        await using var transport = new LinuxTransport();
        // A UDP socket on loopback always has a free buffer. A Unix socket has not: its receiver has a limit.
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var server = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(path));
        var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path));
        File.Delete(path);
        using var port = new LinuxPort(transport, client, new Receiver());
        var datagrams = Enumerable.Repeat(new ReadOnlyMemory<byte>([1]), 1000).ToArray();
        var sent = 0;
        var result = SendResult.Sent;
        var error = SocketError.Success;
        while (result == SendResult.Sent)
        {
            var handled = port.Send(datagrams.AsSpan(sent), out result, out error);
            sent += result == SendResult.Sent ? handled : 0;
        }

        Assert.InRange(sent, 1, 999);
        Assert.Equal((SendResult.Dropped, SocketError.WouldBlock), (result, error));
    }

    [Fact]
    public async Task Sends_and_receptions_of_a_closed_port_do_nothing()
    {
        using var server = Bound();
        await using var transport = new LinuxTransport();
        var port = transport.Open(EndPoint(server), new Receiver());
        port.Start();
        port.Dispose();

        Assert.Equal(SendResult.Failed, Send(port, [1]));
        port.Send(new ReadOnlyMemory<byte>[] { new byte[] { 1 }, new byte[] { 2 } }, out var result, out _);
        Assert.Equal(SendResult.Failed, result);
        Assert.Empty(transport.Ports);
        port.Dispose();
    }

    [Fact]
    public async Task A_port_that_starts_after_the_transport_is_closed_breaks_or_does_nothing()
    {
        using var server = Bound();
        var transport = new LinuxTransport();
        var receiver = new Receiver();
        using var port = transport.Open(EndPoint(server), receiver);
        await transport.DisposeAsync();
        await transport.DisposeAsync();

        port.Start();

        Assert.False(transport.IsRunning);
    }

    [Fact]
    public async Task A_socket_that_the_system_cannot_watch_leaves_no_port()
    {
        using var server = Bound();
        await using var transport = new LinuxTransport();
        using var port = new LinuxPort(transport, ConnectedSocket.Open(EndPoint(server)), new Receiver());
        using var file = File.OpenHandle(typeof(LinuxTransportTests).Assembly.Location);

        Assert.Throws<SocketException>(() => transport.Add(port, file));

        Assert.Empty(transport.Ports);
    }

    [Fact]
    public async Task Each_ICMP_message_is_reported_once()
    {
        using var server = Bound();
        using var icmp = IcmpSender.Create(IPAddress.Loopback);
        await using var transport = new LinuxTransport();
        var receiver = new Receiver();
        var socket = ConnectedSocket.Open(EndPoint(server));
        using var port = new LinuxPort(transport, socket, receiver);

        // Three messages wait when the port starts.
        foreach (var code in new byte[] { 0, 1, 3 })
        {
            icmp.Send(3, code, (IPEndPoint)socket.LocalEndPoint!, EndPoint(server));
        }

        port.Start();
        var source = (IPEndPoint)socket.LocalEndPoint!;
        await receiver.RefusedAsync(3);
        server.SendTo(new byte[] { 5 }, source);

        Assert.Equal([5], await receiver.NextAsync());
        Assert.Equal(
            [SocketError.NetworkUnreachable, SocketError.HostUnreachable, SocketError.ConnectionRefused], receiver.Refusals);
    }

    [Fact]
    public async Task A_send_that_fails_because_of_an_ICMP_message_is_repeated_and_reports_it()
    {
        using var server = Bound();
        using var icmp = IcmpSender.Create(IPAddress.Loopback);
        await using var transport = new LinuxTransport();
        var socket = ConnectedSocket.Open(EndPoint(server));
        using var port = new LinuxPort(transport, socket, new Receiver());
        icmp.Send(3, 1, (IPEndPoint)socket.LocalEndPoint!, EndPoint(server));

        // The port is not started, so only the send reports the message.
        var single = port.Send([new byte[] { 1 }], out var result, out var error);

        Assert.Equal((1, SendResult.SentAfterRefusal, SocketError.HostUnreachable), (single, result, error));
        var buffer = new byte[10];
        Assert.Equal(1, server.Receive(buffer));
        Assert.Equal(SendResult.Sent, Send(port, [2]));
    }

    [Fact]
    public async Task A_batch_that_meets_an_ICMP_message_is_sent_and_the_message_is_reported()
    {
        using var server = Bound();
        using var icmp = IcmpSender.Create(IPAddress.Loopback);
        await using var transport = new LinuxTransport();
        var receiver = new Receiver();
        var socket = ConnectedSocket.Open(EndPoint(server));
        using var port = new LinuxPort(transport, socket, receiver);
        icmp.Send(3, 1, (IPEndPoint)socket.LocalEndPoint!, EndPoint(server));
        ReadOnlyMemory<byte>[] datagrams = [new byte[] { 1 }, new byte[] { 2 }];
        for (var sent = 0; sent < 2;)
        {
            sent += port.Send(datagrams.AsSpan(sent), out var result, out _);
            Assert.True(result is SendResult.Sent or SendResult.SentAfterRefusal);
        }

        port.Start();

        await receiver.RefusedAsync(1);
        var buffer = new byte[10];
        Assert.Equal((1, 1), (server.Receive(buffer), server.Receive(buffer)));
    }

    [Fact]
    public void Without_permission_for_the_system_calls_the_bridge_uses_sockets_and_logs_it()
    {
        var logger = new Microsoft.Extensions.Logging.Testing.FakeLogger();

        Assert.IsType<SocketTransport>(TransportSelection.OpenNativeOrSockets(
            () => throw new PlatformNotSupportedException("The native transport did not start: AccessDenied"), logger));

        var entry = Assert.Single(logger.Collector.GetSnapshot());
        Assert.Equal(
            (2011, "The native transport did not start: AccessDenied. The bridge uses .NET sockets, which need more processor time"),
            (entry.Id.Id, entry.Message));
    }

    [Theory]
    [InlineData(BridgeTransport.Automatic, typeof(LinuxTransport))]
    [InlineData(BridgeTransport.Native, typeof(LinuxTransport))]
    [InlineData(BridgeTransport.Sockets, typeof(SocketTransport))]
    public async Task The_option_selects_the_transport(BridgeTransport option, Type type)
    {
        await using var transport = TransportSelection.Open(
            new() { Transport = option }, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        Assert.IsType(type, transport);
    }

    private static SendResult Send(IDatagramPort port, byte[] datagram)
    {
        port.Send([datagram], out var result, out _);
        return result;
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static IPEndPoint EndPoint(Socket socket) => (IPEndPoint)socket.LocalEndPoint!;

    private sealed class Receiver : IDatagramReceiver
    {
        private readonly Channel<byte[]> _datagrams = Channel.CreateUnbounded<byte[]>();
        private readonly List<SocketError> _refusals = [];

        public IReadOnlyList<SocketError> Refusals
        {
            get
            {
                lock (_refusals)
                {
                    return [.. _refusals];
                }
            }
        }

        public Task RefusedAsync(int count) => Eventually.IsTrueAsync(() => Refusals.Count >= count);

        public async Task<byte[]> NextAsync() =>
            await _datagrams.Reader.ReadAsync(TestContext.Current.CancellationToken)
                .AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        public void OnDatagrams(ReceivedDatagrams datagrams, ref CallerWork callers)
        {
            for (var index = 0; index < datagrams.Count; index++)
            {
                _datagrams.Writer.TryWrite(datagrams[index].ToArray());
            }
        }

        public void OnRefused(SocketError error)
        {
            lock (_refusals)
            {
                _refusals.Add(error);
            }
        }

        public void OnBroken(SocketError error) => _datagrams.Writer.TryComplete(new SocketException((int)error));
    }
}
