using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rke.Gateway.Demo;

/// <summary>A DNS server on loopback with the records of one domain.</summary>
internal sealed class DemoNameServer : IAsyncDisposable
{
    private const int HeaderLength = 12;
    private const ushort TypeA = 1;
    private const ushort TypeTxt = 16;
    private const ushort TypeSrv = 33;
    private const uint Ttl = 60;

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly Dictionary<(string Name, ushort Type), byte[]> _records;
    private readonly Task _loop;

    public DemoNameServer(string domain, string signalHost, IPEndPoint signal, string membership)
    {
        _records = new()
        {
            [($"_rke._udp.{domain}", TypeSrv)] = [0, 10, 0, 5, .. Number((ushort)signal.Port), .. Name(signalHost)],
            [(signalHost, TypeA)] = signal.Address.GetAddressBytes(),
            [($"raida.{domain}", TypeTxt)] = [(byte)membership.Length, .. Encoding.ASCII.GetBytes(membership)],
        };
        EndPoint = (IPEndPoint)_socket.Client.LocalEndPoint!;
        _loop = AnswerAsync();
    }

    public IPEndPoint EndPoint { get; }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _loop;
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var query = await _socket.ReceiveAsync();
                if (Answer(query.Buffer) is { } reply)
                {
                    await _socket.SendAsync(reply, query.RemoteEndPoint);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The demonstration is over.
        }
    }

    private byte[]? Answer(byte[] query)
    {
        // The question: labels, an empty label, type, class.
        var labels = new List<string>();
        var offset = HeaderLength;
        while (offset < query.Length && query[offset] is > 0 and < 64 and var length && offset + length < query.Length)
        {
            labels.Add(Encoding.ASCII.GetString(query, offset + 1, length));
            offset += 1 + length;
        }

        var end = offset + 5;
        if (end > query.Length)
        {
            return null;
        }

        // Names are compared without case.
        var name = string.Join('.', labels).ToLowerInvariant();
        var record = _records.GetValueOrDefault((name, BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(offset + 1))));
        var isKnown = _records.Keys.Any(key => key.Name == name);
        byte[] head = [query[0], query[1], 0x85, (byte)(isKnown ? 0x80 : 0x83), 0, 1, 0, (byte)(record is null ? 0 : 1), 0, 0, 0, 0];
        byte[] reply = [.. head, .. query[HeaderLength..end]];
        return record is null
            ? reply
            : [.. reply, 0xC0, HeaderLength, .. query[(end - 4)..end], .. Ttl32(), .. Number((ushort)record.Length), .. record];
    }

    private static byte[] Name(string name) =>
        [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    private static byte[] Number(ushort number) => [(byte)(number >> 8), (byte)number];

    private static byte[] Ttl32() => [.. Number(0), .. Number((ushort)Ttl)];
}
