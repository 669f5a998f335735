using System.Buffers.Binary;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Fuzz.Http2;

/// <summary>
/// The bytes of one connection: the preface, and frames of HTTP/2 (RFC 9113) with requests of gRPC. The frames of every second connection
/// are valid, so that its requests reach gRPC and the gateway. The random numbers decide everything.
/// </summary>
internal sealed class FrameSequence(Random random)
{
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;
    private const int MaxFrames = 40;

    private static readonly string[] Paths =
    [
        "/rke.v1.RkeService/PostKey", "/rke.v1.RkeService/GetKey", "/rke.v1.RkeService/Signal", "/rke.v1.RkeService/Lookup",
        "/rke.v1.RkeSessionService/InitiateSession", "/rke.v1.RkeSessionService/WatchSessions",
        "/rke.v1.RkeSessionService/ClaimSession", "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "/", "/healthz", "*", "",
    ];

    private static readonly byte[][] Messages =
    [
        new PostKeyRequest { RaidaId = 3, KeyPart = ByteString.CopyFrom(new byte[16]) }.ToByteArray(),
        new GetKeyRequest { RaidaId = 3, KeyId = ByteString.CopyFrom(new byte[16]) }.ToByteArray(),
        new SignalRequest
        {
            Endpoint = new() { Host = "127.0.0.1", Port = 9 },
            Parts =
            {
                new KeyPartLocation
                {
                    KeyIdHash = ByteString.CopyFrom(new byte[16]), Server = new() { Host = "127.0.0.1", Port = 9 },
                },
            },
        }.ToByteArray(),
        new LookupRequest { Domain = "www.example.com" }.ToByteArray(),
        new InitiateSessionRequest { Endpoint = new() { Host = "127.0.0.1", Port = 9 }, KeySize = 32 }.ToByteArray(),
        new WatchSessionsRequest { Cursor = "0a.1" }.ToByteArray(),
        [],
    ];

    private readonly List<byte> _bytes = [];
    private readonly bool _isValid = random.Next(2) == 0;
    private int _stream = 1;

    private enum Frame : byte
    {
        Data,
        Headers,
        Priority,
        Reset,
        Settings,
        PushPromise,
        Ping,
        GoAway,
        WindowUpdate,
        Continuation,
    }

    /// <summary>The bytes of a connection.</summary>
    public byte[] Create()
    {
        if (_isValid || !OneOf(40))
        {
            _bytes.AddRange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        }

        if (_isValid)
        {
            Write(Frame.Settings, 0, 0, []);
        }
        else
        {
            WriteSettings();
        }

        for (var frames = Next(MaxFrames); frames > 0; frames--)
        {
            if (_isValid)
            {
                WriteSomethingValid();
            }
            else
            {
                WriteSomething();
            }
        }

        byte[] bytes = [.. _bytes];
        if (!_isValid && OneOf(2))
        {
            for (var changes = 1 + Next(8); changes > 0; changes--)
            {
                bytes[Next(bytes.Length)] = (byte)Next(256);
            }
        }

        return OneOf(8) ? bytes[..Next(bytes.Length)] : bytes;
    }

    private void WriteSomethingValid()
    {
        switch (Next(16))
        {
            case 0:
                Write(Frame.Ping, 0, 0, AnyBytes(8));
                break;
            case 1:
                Write(Frame.WindowUpdate, 0, 0, Number(1 + (uint)Next(1000)));
                break;
            case 2:
                // SETTINGS_INITIAL_WINDOW_SIZE: the client reads little or much.
                Write(Frame.Settings, 0, 0, [0, 4, .. Number((uint)Next(1 << Next(20)))]);
                break;
            case 3:
                WriteFlood();
                break;
            default:
                WriteCall();
                break;
        }
    }

    private void WriteSomething()
    {
        switch (Next(24))
        {
            case < 8:
                WriteCall();
                break;
            case 8:
                WriteSettings();
                break;
            case 9:
                Write(Frame.Ping, AnyByte(), 0, AnyBytes(OneOf(4) ? Next(20) : 8));
                break;
            case 10:
                Write(Frame.WindowUpdate, 0, AnyStream(), Number(OneOf(3) ? (uint)Next(int.MaxValue) : OneOf(2) ? 0u : 0x7FFFFFFFu));
                break;
            case 11:
                Write(Frame.Reset, 0, AnyStream(), Number((uint)Next(16)));
                break;
            case 12:
                Write(Frame.Priority, 0, AnyStream(), [.. Number((uint)AnyStream()), AnyByte()]);
                break;
            case 13:
                Write(Frame.PushPromise, EndHeaders, AnyStream(), [.. Number(2), .. Request().ToArray()]);
                break;
            case 14:
                Write(Frame.GoAway, 0, 0, [.. Number((uint)Next(9)), .. Number((uint)Next(16)), .. AnyBytes(Next(8))]);
                break;
            case 15:
                Write(Frame.Continuation, AnyByte(), AnyStream(), Request().ToArray());
                break;
            case 16:
                Write((Frame)AnyByte(), AnyByte(), AnyStream(), AnyBytes(Next(64)));
                break;
            case 17:
                Write(Frame.Data, AnyByte(), AnyStream(), AnyBytes(Next(300)));
                break;
            case 18:
                WriteLie();
                break;
            default:
                WriteFlood();
                break;
        }
    }

    // One call: headers in one or several frames, messages, and perhaps a reset.
    private void WriteCall()
    {
        var stream = NextStream();
        var block = Request().ToArray();
        var hasMessage = !OneOf(8);
        var end = hasMessage ? (byte)0 : EndStream;
        switch (Next(6))
        {
            case 0 when block.Length > 2:
                var split = 1 + Next(block.Length - 1);
                Write(Frame.Headers, end, stream, block[..split]);
                Write(Frame.Continuation, EndHeaders, stream, block[split..]);
                break;
            case 1:
                var padding = Next(256);
                Write(
                    Frame.Headers, (byte)(end | EndHeaders | 8), stream,
                    [(byte)padding, .. block, .. new byte[!_isValid && OneOf(4) ? padding / 2 : padding]]);
                break;
            case 2:
                Write(Frame.Headers, (byte)(end | EndHeaders | 0x20), stream, [.. Number(0), AnyByte(), .. block]);
                break;
            default:
                Write(Frame.Headers, (byte)(end | EndHeaders), stream, block);
                break;
        }

        for (var messages = hasMessage ? 1 + (OneOf(6) ? Next(4) : 0) : 0; messages > 0; messages--)
        {
            Write(Frame.Data, messages == 1 && !OneOf(6) ? EndStream : (byte)0, stream, Message());
        }

        if (OneOf(8))
        {
            Write(Frame.Reset, 0, stream, Number(8));
        }
        else if (OneOf(16))
        {
            // Trailers, which a client of gRPC does not send.
            Write(Frame.Headers, EndStream | EndHeaders, stream, new HeaderBlock().Literal("x-trailer", "1").ToArray());
        }
    }

    // Many cheap frames that cost the receiver memory or time.
    private void WriteFlood()
    {
        var count = 1 + Next(400);
        var kind = Next(_isValid ? 3 : 8);
        var stream = NextStream();
        if (kind == 4)
        {
            Write(Frame.Headers, 0, stream, Request().ToArray());
        }

        for (; count > 0; count--)
        {
            switch (kind)
            {
                case 0: // CVE-2023-44487
                    stream = NextStream();
                    Write(Frame.Headers, EndHeaders, stream, Request().ToArray());
                    Write(Frame.Reset, 0, stream, Number(8));
                    break;
                case 1:
                    Write(Frame.Settings, 0, 0, []);
                    break;
                case 2:
                    Write(Frame.Ping, 0, 0, AnyBytes(8));
                    break;
                case 3:
                    Write(Frame.Data, 0, stream, []);
                    break;
                case 4: // A header block without an end.
                    Write(Frame.Continuation, 0, stream, new HeaderBlock().Literal("x-more", new string('a', 400)).ToArray());
                    break;
                case 5:
                    Write(Frame.WindowUpdate, 0, 0, Number(1));
                    break;
                case 6: // Calls without an end.
                    Write(Frame.Headers, EndHeaders, NextStream(), Request().ToArray());
                    break;
                default:
                    Write(Frame.Priority, 0, AnyStream(), [.. Number((uint)AnyStream()), AnyByte()]);
                    break;
            }
        }
    }

    // A frame whose length is not that of its content.
    private void WriteLie()
    {
        var content = Request().ToArray();
        WriteHead(OneOf(4) ? Next(1 << 24) : Math.Max(0, content.Length + Next(9) - 4), Frame.Headers, EndHeaders, NextStream());
        _bytes.AddRange(content);
    }

    private void WriteSettings()
    {
        var content = new List<byte>();
        for (var settings = Next(4); settings > 0; settings--)
        {
            var value = Next(6) switch
            {
                0 => 0u,
                1 => 0x7FFFFFFFu,
                2 => 0xFFFFFFFFu,
                3 => 16384u,
                _ => (uint)Next(1 << 24),
            };
            content.AddRange([0, (byte)Next(10), .. Number(value)]);
        }

        if (OneOf(20))
        {
            content.AddRange(AnyBytes(Next(5)));
        }

        Write(Frame.Settings, OneOf(6) ? (byte)1 : (byte)0, OneOf(40) ? AnyStream() : 0, [.. content]);
    }

    private HeaderBlock Request()
    {
        const int MethodPost = 3;
        const int SchemeHttp = 6;
        var block = new HeaderBlock();
        if (!_isValid && OneOf(30))
        {
            block.TableSize(Next(1 << 16));
        }

        _ = !_isValid && OneOf(30) ? block.Literal(":method", OneOf(2) ? "GET" : "P\0ST") : block.Indexed(MethodPost);
        _ = !_isValid && OneOf(30) ? block.Literal(":scheme", "gopher") : block.Indexed(SchemeHttp);
        block.Literal(":path", Paths[Next(Paths.Length)]);
        if (_isValid || !OneOf(30))
        {
            block.Literal(":authority", !_isValid && OneOf(10) ? "a b@[::1" : "gateway");
        }

        block.Literal("content-type", OneOf(12) ? "application/grpc-web+proto" : "application/grpc").Literal("te", "trailers");
        for (var extras = Next(4); extras > 0; extras--)
        {
            WriteExtra(block);
        }

        return block;
    }

    private void WriteExtra(HeaderBlock block)
    {
        switch (Next(_isValid ? 8 : 14))
        {
            case 0:
                block.Literal("grpc-timeout", OneOf(2) ? "10m" : OneOf(2) ? "99999999H" : $"{Next(100)}x");
                break;
            case 1:
                block.Literal("grpc-encoding", OneOf(2) ? "gzip" : "identity,gzip");
                break;
            case 2:
                block.Literal("authorization", $"Bearer {new string('a', Next(2000))}");
                break;
            case 3:
                block.Literal("x-forwarded-client-cert", "Hash=\"x");
                break;
            case 4: // A big entry of the dynamic table, and references to it.
                block.Literal("x-big", new string('b', Next(4000)), isIndexed: true);
                for (var references = Next(100); references > 0; references--)
                {
                    block.Indexed(62);
                }

                break;
            case 5:
                block.Literal("traceparent", OneOf(2) ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : "00-x");
                break;
            case 6:
                block.Literal("grpc-accept-encoding", "gzip");
                break;
            case 8:
                block.Indexed(Next(80));
                break;
            case 9:
                block.BrokenText(Next(int.MaxValue));
                break;
            case 10:
                block.Huffman(AnyBytes(Next(40)));
                break;
            case 11:
                block.Literal("X-Upper", "\r\n injected: 1");
                break;
            case 12:
                block.Literal(OneOf(2) ? "connection" : ":path", "/again");
                break;
            case 13:
                block.Literal("content-length", $"{Next(100)}");
                break;
            default:
                block.Literal($"x-{Next(1000)}", new string('c', Next(200)));
                break;
        }
    }

    // A message of gRPC: compression flag (1), length (4), protobuf.
    private byte[] Message()
    {
        var message = Messages[Next(Messages.Length)].ToArray();
        for (var changes = OneOf(2) && message.Length > 0 ? Next(4) : 0; changes > 0; changes--)
        {
            message[Next(message.Length)] = (byte)Next(256);
        }

        var length = OneOf(12) ? (uint)Next(int.MaxValue) : (uint)message.Length;
        return [OneOf(12) ? AnyByte() : (byte)0, .. Number(length), .. message];
    }

    private void Write(Frame type, byte flags, int stream, byte[] content)
    {
        WriteHead(content.Length, type, flags, stream);
        _bytes.AddRange(content);
    }

    private void WriteHead(int length, Frame type, byte flags, int stream)
    {
        Span<byte> head = stackalloc byte[9];
        BinaryPrimitives.WriteUInt32BigEndian(head, (uint)length << 8);
        head[3] = (byte)type;
        head[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
        _bytes.AddRange(head);
    }

    private int NextStream() => !_isValid && OneOf(40) ? AnyStream() : _stream += 2;

    private int AnyStream() => OneOf(10) ? Next(int.MaxValue) : OneOf(4) ? 0 : 1 + Next(_stream + 4);

    private static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private byte[] AnyBytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private byte AnyByte() => (byte)Next(256);

    private bool OneOf(int count) => Next(count) == 0;

    private int Next(int limit) => random.Next(limit);
}
