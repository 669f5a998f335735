using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rke.Gateway.Tests.Fixtures;

/// <summary>A frame that the gateway sent.</summary>
internal sealed record RawFrame(byte Kind, byte Flags, int Stream, byte[] Payload)
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte RstStream = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;

    public bool IsAcknowledgement => (Flags & 1) != 0;

    public bool EndsStream => Kind is Data or Headers && (Flags & 1) != 0;

    /// <summary>The last stream id of a GOAWAY.</summary>
    public int LastStream => BinaryPrimitives.ReadInt32BigEndian(Payload);
}

/// <summary>A client that sends single frames of HTTP/2 (RFC 9113), also those that no library sends.</summary>
internal sealed class RawHttp2 : IDisposable
{
    public const string HealthCheck = "/grpc.health.v1.Health/Check";
    public const string HealthWatch = "/grpc.health.v1.Health/Watch";

    private const int HeaderLength = 9;
    private const ushort InitialWindowSize = 4;
    private const byte WindowUpdate = 8;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private NetworkStream? _stream;

    private NetworkStream Stream => _stream!;

    public static byte[] Frame(byte kind, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[HeaderLength + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (kind, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    /// <summary>The HEADERS of a call, without END_STREAM. The HPACK block has literals without indexing (RFC 7541 §6.2.2).</summary>
    public static byte[] Call(int stream, string path)
    {
        using var block = new MemoryStream();

        // :method POST, :scheme http (RFC 7541 appendix A)
        block.Write([0x83, 0x86]);
        foreach (var (name, value) in new[]
        {
            (":path", path), (":authority", "gateway"), ("content-type", "application/grpc"), ("te", "trailers"),
        })
        {
            block.Write([0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)]);
        }

        const byte EndHeaders = 4;
        return Frame(RawFrame.Headers, EndHeaders, stream, block.ToArray());
    }

    /// <summary>An empty message and END_STREAM.</summary>
    public static byte[] EmptyMessage(int stream) => Frame(RawFrame.Data, 1, stream, [0, 0, 0, 0, 0]);

    /// <summary>Connects, and sends the preface, SETTINGS, and a WINDOW_UPDATE that does not limit the sum of all responses.</summary>
    /// <param name="window">The bytes of each response that the client reads.</param>
    /// <param name="local">The client's address, in 127.0.0.0/8.</param>
    public static async Task<RawHttp2> StartAsync(Uri gateway, uint window = 65_535, string local = "127.0.0.1")
    {
        var client = await ConnectAsync(gateway, local);
        var settings = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(settings, InitialWindowSize);
        BinaryPrimitives.WriteUInt32BigEndian(settings.AsSpan(2), window);
        var increment = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(increment, int.MaxValue - 65_535);
        await client.SendAsync((byte[])
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(RawFrame.Settings, 0, 0, settings), .. Frame(WindowUpdate, 0, 0, increment),
        ]);
        return client;
    }

    /// <summary>Connects, and sends nothing.</summary>
    public static async Task<RawHttp2> ConnectAsync(Uri gateway, string local = "127.0.0.1")
    {
        var client = new RawHttp2();
        client._socket.Bind(new IPEndPoint(IPAddress.Parse(local), 0));
        await client._socket.ConnectAsync(gateway.Host, gateway.Port, TestContext.Current.CancellationToken);
        client._stream = new(client._socket);
        return client;
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => Stream.WriteAsync(bytes, TestContext.Current.CancellationToken);

    /// <summary>The next frame. Null if the gateway has closed the connection.</summary>
    public async Task<RawFrame?> ReadAsync()
    {
        try
        {
            var header = new byte[HeaderLength];
            await Stream.ReadExactlyAsync(header, TestContext.Current.CancellationToken);
            var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(header) >>> 8];
            await Stream.ReadExactlyAsync(payload, TestContext.Current.CancellationToken);
            return new(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The next frame that matches. Null if the gateway closes the connection before.</summary>
    public async Task<RawFrame?> ReadUntilAsync(Func<RawFrame, bool> matches)
    {
        while (await ReadAsync() is { } frame)
        {
            if (matches(frame))
            {
                return frame;
            }
        }

        return null;
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _socket.Dispose();
    }
}
