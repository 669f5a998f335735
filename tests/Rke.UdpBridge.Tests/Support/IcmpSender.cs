using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Rke.UdpBridge.Tests;

/// <summary>Sends ICMP messages over the loopback interface. This needs the capability CAP_NET_RAW.</summary>
public sealed class IcmpSender : IDisposable
{
    private readonly Socket _socket;
    private readonly bool _isIPv4;

    private IcmpSender(Socket socket)
    {
        _socket = socket;
        _isIPv4 = socket.AddressFamily == AddressFamily.InterNetwork;
    }

    /// <summary>Opens the socket. Fails without the capability.</summary>
    public static IcmpSender Create(IPAddress address)
    {
        var isIPv4 = address.AddressFamily == AddressFamily.InterNetwork;
        return new(new(address.AddressFamily, SocketType.Raw, isIPv4 ? ProtocolType.Icmp : ProtocolType.IcmpV6));
    }

    /// <summary>Reports that a datagram did not reach its target.</summary>
    /// <param name="type">The type of the message.</param>
    /// <param name="code">The code of the message.</param>
    /// <param name="source">The source of the datagram: it gets the message.</param>
    /// <param name="target">The target of the datagram.</param>
    public void Send(byte type, byte code, IPEndPoint source, IPEndPoint target)
    {
        Span<byte> message = stackalloc byte[8 + 40 + 8];
        message.Clear();
        (message[0], message[1]) = (type, code);
        var header = message[8..];
        if (_isIPv4)
        {
            (header[0], header[3], header[8], header[9]) = (0x45, 28, 64, (byte)ProtocolType.Udp);
            source.Address.TryWriteBytes(header[12..], out _);
            target.Address.TryWriteBytes(header[16..], out _);
        }
        else
        {
            (header[0], header[5], header[6], header[7]) = (0x60, 8, (byte)ProtocolType.Udp, 64);
            source.Address.TryWriteBytes(header[8..], out _);
            target.Address.TryWriteBytes(header[24..], out _);
        }

        var udp = header[(_isIPv4 ? 20 : 40)..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)target.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], 8);
        message = message[..(_isIPv4 ? 36 : 56)];
        if (_isIPv4)
        {
            // The kernel computes the checksum of ICMPv6 only.
            BinaryPrimitives.WriteUInt16BigEndian(message[2..], Checksum(message));
        }

        _socket.SendTo(message, new IPEndPoint(source.Address, 0));
    }

    public void Dispose() => _socket.Dispose();

    private static ushort Checksum(ReadOnlySpan<byte> message)
    {
        var sum = 0;
        for (; message.Length >= 2; message = message[2..])
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(message);
        }

        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
