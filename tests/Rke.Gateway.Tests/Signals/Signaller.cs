using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Gateway.Tests.Signals;

/// <summary>Sends Signals as bytes and reads the answers as bytes.</summary>
internal sealed class Signaller(IPEndPoint listener) : IDisposable
{
    public const int Trailer = 2;

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));

    public void Send(byte[] datagram) => _socket.Send(datagram, listener);

    public async Task<byte[]> ReceiveAsync() =>
        (await _socket.ReceiveAsync(TestContext.Current.CancellationToken)).Buffer;

    /// <summary>
    /// Sends a datagram and returns the answer. Empty if the listener only answered a second datagram, which was sent afterwards and
    /// whose answer is known.
    /// </summary>
    public async Task<byte[]> AskAsync(byte[] datagram)
    {
        Send(datagram);
        var probe = Make([(Guid.NewGuid().ToByteArray(), new(IPAddress.Loopback, 70_000 & 0xFFFF))], port: 70_000);
        Send(probe);
        var answer = await ReceiveAsync();
        if (answer.AsSpan(6, 2).SequenceEqual(probe.AsSpan(30, 2)))
        {
            return [];
        }

        await ReceiveAsync();
        return answer;
    }

    /// <summary>The bytes of a Signal, written by hand from docs/WIRE.md §2, §3, §5.</summary>
    /// <param name="parts">HS and server of each part.</param>
    /// <param name="port">Replaces the port of each server.</param>
    public static byte[] Make(IReadOnlyList<(byte[] Hash, IPEndPoint Server)> parts, int? port = null)
    {
        var body = 16 + 1 + (36 * parts.Count) + Trailer;
        var datagram = new byte[32 + body];
        datagram[0] = 1;
        (datagram[4], datagram[5]) = (4, 43);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(6), 6);
        datagram[8] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(22), (ushort)body);
        RandomNumberGenerator.Fill(datagram.AsSpan(30, 2));
        var challenge = datagram.AsSpan(32, 16);
        Span<byte> random = stackalloc byte[Challenge.RandomLength];
        RandomNumberGenerator.Fill(random);
        Challenge.Create(random).CopyTo(challenge);
        datagram[48] = (byte)parts.Count;
        for (var index = 0; index < parts.Count; index++)
        {
            var part = datagram.AsSpan(49 + (36 * index), 36);
            part[0] = 4;
            parts[index].Hash.CopyTo(part[1..]);
            RandomNumberGenerator.Fill(part.Slice(17, 16));
            parts[index].Server.Address.TryWriteBytes(part[17..], out _);
            var number = port ?? parts[index].Server.Port;
            (part[33], part[34], part[35]) = ((byte)(number >> 16), (byte)(number >> 8), (byte)number);
        }

        datagram[^2] = datagram[^1] = 0xE3;
        return datagram;
    }

    public void Dispose() => _socket.Dispose();
}
