using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Rke.Dns;

namespace Rke.Gateway.Tests.Dns;

/// <summary>A resolver with UDP and TCP sockets on one port. The test defines the answers.</summary>
internal sealed class ScriptedResolver : IAsyncDisposable
{
    private readonly Func<Question, IEnumerable<byte[]>> script;
    private readonly Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener tcp;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task serving;
    private int count;

    public ScriptedResolver(Func<Question, IEnumerable<byte[]>> script)
    {
        this.script = script;
        tcp = BindBoth(udp);
        Endpoint = (IPEndPoint)udp.LocalEndPoint!;
        serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public IPEndPoint Endpoint { get; }

    public int Count => Volatile.Read(ref count);

    /// <summary>Sends a datagram from the address of this resolver.</summary>
    public void Send(byte[] datagram, EndPoint to) => udp.SendTo(datagram, to);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        udp.Dispose();
        tcp.Dispose();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }

    private static TcpListener BindBoth(Socket udp)
    {
        // The UDP port may be in use for TCP. Then TCP chooses the port, and so on.
        for (var attempt = 0; ; attempt++)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            try
            {
                udp.Bind(listener.LocalEndpoint);
                return listener;
            }
            catch (SocketException) when (attempt < 20)
            {
                listener.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        while (true)
        {
            var received = await udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), stopping.Token);
            foreach (var reply in Ask(buffer[..received.ReceivedBytes], received.RemoteEndPoint, isTcp: false))
            {
                await udp.SendToAsync(reply, received.RemoteEndPoint, stopping.Token);
            }
        }
    }

    private async Task ServeTcpAsync()
    {
        while (true)
        {
            using var client = await tcp.AcceptTcpClientAsync(stopping.Token);
            var stream = client.GetStream();
            var length = new byte[2];
            await stream.ReadExactlyAsync(length, stopping.Token);
            var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(query, stopping.Token);
            foreach (var reply in Ask(query, client.Client.RemoteEndPoint!, isTcp: true))
            {
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)reply.Length);
                await stream.WriteAsync(length, stopping.Token);
                await stream.WriteAsync(reply, stopping.Token);
            }
        }
    }

    private IEnumerable<byte[]> Ask(byte[] query, EndPoint from, bool isTcp) =>
        script(new Question(query, from, isTcp, Interlocked.Increment(ref count)));

    /// <summary>A received question. A question without extensions ends 4 bytes after its name.</summary>
    internal sealed record Question(byte[] Bytes, EndPoint From, bool IsTcp, int Number)
    {
        public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Bytes);

        public bool IsExtended => Bytes[11] == 1;

        public string Name
        {
            get
            {
                var reader = new DnsReader(Bytes);
                reader.TryReadBytes(DnsReply.HeaderLength, out _);
                reader.TryReadName(out var name);
                return name;
            }
        }

        public DnsType Type
        {
            get
            {
                var reader = new DnsReader(Bytes);
                reader.TryReadBytes(DnsReply.HeaderLength, out _);
                reader.TryReadName(out _);
                reader.TryReadUInt16(out var type);
                return (DnsType)type;
            }
        }

        public ReplyWriter Reply(int flags = 0x8180) => new(Id, Name, Type, flags);

        /// <summary>The correct answer to a question for an address.</summary>
        public byte[] Address(string address) => Reply()
            .Answer(new AddressRecord(Name, TimeSpan.FromSeconds(60), IPAddress.Parse(address)))
            .ToArray();

        /// <summary>The answer that the name does not exist.</summary>
        public byte[] NoSuchName() => Reply(flags: 0x8183).ToArray();
    }
}
