using System.Net;
using System.Net.Sockets;
using Rke.UdpBridge.Transports.Native;

namespace Rke.UdpBridge.Tests.Native;

/// <summary>Datagrams that one system call sends or receives.</summary>
public class DatagramBatchTests
{
    public static TheoryData<string> Loopbacks => ["127.0.0.1", "::1"];

    [Theory]
    [MemberData(nameof(Loopbacks))]
    public void One_call_sends_and_one_call_receives_several_datagrams(string address)
    {
        using var server = Bound(address);
        using var client = Connected(server);
        var sending = new DatagramBatch(8, 100, hasAddresses: false);
        for (var index = 0; index < 5; index++)
        {
            sending.Set(index, Bytes(index, length: 10 * index));
        }

        Assert.Equal(5, sending.Send(client.SafeHandle, 0, 5, out var error));
        Assert.Equal(SocketError.Success, error);

        var receiving = new DatagramBatch(8, 100, hasAddresses: true);
        Assert.Equal(5, receiving.Receive(server.SafeHandle, wait: false, out error));
        Assert.Equal(SocketError.Success, error);
        for (var index = 0; index < 5; index++)
        {
            Assert.Equal(Bytes(index, length: 10 * index), receiving.Datagram(index).ToArray());
            Assert.False(receiving.IsTruncated(index));
            Assert.Equal(AddressOf(client), receiving.Address(index).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Loopbacks))]
    public void Each_datagram_goes_to_its_own_address(string address)
    {
        using var one = Bound(address);
        using var other = Bound(address);
        using var server = Bound(address);
        var batch = new DatagramBatch(2, 100, hasAddresses: true);
        batch.Set(0, [1]);
        batch.SetAddress(0, AddressOf(one));
        batch.Set(1, [2, 2]);
        batch.SetAddress(1, AddressOf(other));

        Assert.Equal(2, batch.Send(server.SafeHandle, 0, 2, out _));

        Assert.Equal([1], Receive(one));
        Assert.Equal([2, 2], Receive(other));
    }

    [Fact]
    public void A_response_goes_to_the_address_of_its_request()
    {
        using var server = Bound("127.0.0.1");
        using var client = Connected(server);
        client.Send([7]);
        var requests = new DatagramBatch(4, 100, hasAddresses: true);
        var responses = new DatagramBatch(4, 100, hasAddresses: true);
        Assert.Equal(1, requests.Receive(server.SafeHandle, wait: true, out _));

        responses.Set(0, [8]);
        responses.SetAddress(0, requests.Address(0));
        Assert.Equal(1, responses.Send(server.SafeHandle, 0, 1, out _));

        Assert.Equal([8], Receive(client));
    }

    [Fact]
    public void A_part_of_a_batch_can_be_sent()
    {
        using var server = Bound("127.0.0.1");
        using var client = Connected(server);
        var batch = new DatagramBatch(4, 100, hasAddresses: false);
        for (var index = 0; index < 4; index++)
        {
            batch.Set(index, [(byte)index]);
        }

        Assert.Equal(2, batch.Send(client.SafeHandle, 1, 2, out _));

        Assert.Equal([1], Receive(server));
        Assert.Equal([2], Receive(server));
        Assert.Equal(0, server.Available);
    }

    [Fact]
    public void More_datagrams_than_buffers_stay_in_the_socket()
    {
        using var server = Bound("127.0.0.1");
        using var client = Connected(server);
        for (var index = 0; index < 5; index++)
        {
            client.Send([(byte)index]);
        }

        var batch = new DatagramBatch(3, 100, hasAddresses: false);
        Assert.Equal(3, batch.Receive(server.SafeHandle, wait: false, out _));
        Assert.Equal([2], batch.Datagram(2).ToArray());
        Assert.Equal(2, batch.Receive(server.SafeHandle, wait: false, out _));
        Assert.Equal([3], batch.Datagram(0).ToArray());
        Assert.Equal(0, batch.Receive(server.SafeHandle, wait: false, out var error));
        Assert.Equal(SocketError.WouldBlock, error);
    }

    [Fact]
    public void A_datagram_that_is_longer_than_its_buffer_is_cut_off()
    {
        using var server = Bound("127.0.0.1");
        using var client = Connected(server);
        client.Send(Bytes(1, length: 11));
        client.Send(Bytes(2, length: 10));
        client.Send(ReadOnlySpan<byte>.Empty);
        var batch = new DatagramBatch(3, 10, hasAddresses: false);

        Assert.Equal(3, batch.Receive(server.SafeHandle, wait: false, out _));

        Assert.Equal(
            [(true, 10), (false, 10), (false, 0)],
            Enumerable.Range(0, 3).Select(index => (batch.IsTruncated(index), batch.Datagram(index).Length)));
    }

    [Fact]
    public void A_call_that_waits_returns_when_the_first_datagram_arrives()
    {
        using var server = Bound("127.0.0.1");
        using var client = Connected(server);
        var batch = new DatagramBatch(3, 10, hasAddresses: false);
        var count = 0;
        var thread = new Thread(() => count = batch.Receive(server.SafeHandle, wait: true, out _));
        thread.Start();
        client.Send([1]);

        Assert.True(thread.Join(TimeSpan.FromSeconds(20)));
        Assert.Equal(1, count);
    }

    [Fact]
    public void A_batch_stops_before_a_datagram_that_cannot_be_sent_and_reports_why()
    {
        using var server = Bound("127.0.0.1");
        using var client = Connected(server);
        var batch = new DatagramBatch(3, 70_000, hasAddresses: false);
        batch.Set(0, [1]);
        batch.Set(1, new byte[70_000]);
        batch.Set(2, [2]);

        Assert.Equal(1, batch.Send(client.SafeHandle, 0, 3, out var error));
        Assert.Equal(SocketError.Success, error);
        Assert.Equal(0, batch.Send(client.SafeHandle, 1, 2, out error));
        Assert.Equal(SocketError.MessageSize, error);
        Assert.Equal(1, batch.Send(client.SafeHandle, 2, 1, out error));

        Assert.Equal([1], Receive(server));
        Assert.Equal([2], Receive(server));
    }

    [Fact]
    public void Datagrams_for_which_no_buffer_is_free_are_not_sent()
    {
        // A UDP socket on loopback always has a free buffer. A Unix socket has not: its receiver has a limit.
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var server = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(path));
        using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path));
        File.Delete(path);
        var batch = new DatagramBatch(1024, 10, hasAddresses: false);
        for (var index = 0; index < 1024; index++)
        {
            batch.Set(index, [1]);
        }

        var sent = batch.Send(client.SafeHandle, 0, 1024, out var error);

        Assert.InRange(sent, 1, 1023);
        Assert.Equal(SocketError.Success, error);
        Assert.Equal(0, batch.Send(client.SafeHandle, sent, 1024 - sent, out error));
        Assert.Equal(SocketError.WouldBlock, error);
    }

    [Fact]
    public void A_refusal_is_reported()
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        client.Connect(ScriptedServer.ClosedPort().EndPoint);
        var batch = new DatagramBatch(1, 100, hasAddresses: false);
        batch.Set(0, [1]);
        Assert.Equal(1, batch.Send(client.SafeHandle, 0, 1, out _));

        Assert.Equal(0, batch.Receive(client.SafeHandle, wait: true, out var error));

        Assert.Equal(SocketError.ConnectionRefused, error);
    }

    [Fact]
    public void A_closed_socket_is_reported()
    {
        var socket = Bound("127.0.0.1");
        var handle = socket.SafeHandle;
        socket.Dispose();
        var batch = new DatagramBatch(1, 100, hasAddresses: false);
        batch.Set(0, [1]);

        Assert.Equal(0, batch.Receive(handle, wait: false, out var received));
        Assert.Equal(0, batch.Send(handle, 0, 1, out var sent));

        Assert.Equal((SocketError.OperationAborted, SocketError.OperationAborted), (received, sent));
    }

    [Fact]
    public void Cleared_buffers_contain_zeros()
    {
        var batch = new DatagramBatch(2, 4, hasAddresses: false);
        batch.Set(0, [1, 2, 3, 4]);
        batch.Set(1, [5, 6, 7, 8]);

        batch.Clear(1);

        Assert.Equal(new byte[4], batch.Buffer(0).ToArray());
        Assert.Equal([5, 6, 7, 8], batch.Buffer(1).ToArray());
    }

    [Fact]
    public void A_batch_is_used_again_without_allocations()
    {
        using var server = Bound("127.0.0.1");
        using var client = Connected(server);
        var sending = new DatagramBatch(16, 100, hasAddresses: false);
        var receiving = new DatagramBatch(16, 100, hasAddresses: true);
        Exchange();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 10; count++)
        {
            Exchange();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Exchange()
        {
            for (var index = 0; index < 16; index++)
            {
                sending.Buffer(index)[0] = 1;
                sending.SetLength(index, 50);
            }

            sending.Send(client.SafeHandle, 0, 16, out _);
            receiving.Receive(server.SafeHandle, wait: true, out _);
        }
    }

    private static Socket Bound(string address)
    {
        var parsed = IPAddress.Parse(address);
        var socket = new Socket(parsed.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(parsed, 0));
        return socket;
    }

    private static Socket Connected(Socket server)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(server.LocalEndPoint!);
        return socket;
    }

    private static byte[] AddressOf(Socket socket)
    {
        var address = socket.LocalEndPoint!.Serialize();
        return address.Buffer[..address.Size].ToArray();
    }

    private static byte[] Receive(Socket socket)
    {
        var buffer = new byte[100];
        socket.ReceiveTimeout = 20_000;
        return buffer[..socket.Receive(buffer)];
    }

    private static byte[] Bytes(int value, int length)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, (byte)(value + 1));
        return bytes;
    }
}
