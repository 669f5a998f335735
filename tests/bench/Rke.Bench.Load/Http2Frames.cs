using System.Buffers.Binary;
using System.Text;

namespace Rke.Bench.Load;

/// <summary>The frames of RFC 9113 that the client sends.</summary>
internal static class Http2Frames
{
    public const int HeaderLength = 9;
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte ResetStream = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte EndStream = 1;
    public const byte Acknowledged = 1;
    public const byte EndHeaders = 4;
    public const int LargestWindow = int.MaxValue;

    private const int PrefixLength = 5;
    private const int InitialWindow = 65_535;
    private const ushort HeaderTableSize = 1;
    private const ushort InitialWindowSize = 4;

    /// <summary>
    /// The start of a connection: no dynamic table for the headers of responses, so that they can be compared as bytes, and windows
    /// that a run does not use up.
    /// </summary>
    public static byte[] Preface()
    {
        var settings = new byte[12];
        BinaryPrimitives.WriteUInt16BigEndian(settings, HeaderTableSize);
        BinaryPrimitives.WriteUInt16BigEndian(settings.AsSpan(6), InitialWindowSize);
        BinaryPrimitives.WriteInt32BigEndian(settings.AsSpan(8), LargestWindow);
        var window = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(window, LargestWindow - InitialWindow);
        return [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, settings), .. Frame(WindowUpdate, 0, window)];
    }

    /// <summary>HEADERS and DATA of a call, with stream id 0 in both. <see cref="SetStream"/> sets it.</summary>
    public static byte[] Call(string authority, string path, byte[] message)
    {
        // 0x83 and 0x86 are ':method: POST' and ':scheme: http' of the static table. The other fields are literals without an index.
        byte[] block =
        [
            0x83, 0x86, .. Literal(":authority", authority), .. Literal(":path", path),
            .. Literal("content-type", "application/grpc"), .. Literal("te", "trailers"),
        ];
        return [.. Frame(Headers, EndHeaders, block), .. Frame(Data, EndStream, message)];
    }

    /// <summary>The gRPC messages of a file, each with its prefix: a flag and the length in 4 bytes.</summary>
    public static IReadOnlyList<byte[]> Messages(ReadOnlySpan<byte> file)
    {
        var messages = new List<byte[]>();
        while (!file.IsEmpty)
        {
            var length = PrefixLength + BinaryPrimitives.ReadInt32BigEndian(file[1..]);
            messages.Add(file[..length].ToArray());
            file = file[length..];
        }

        return messages;
    }

    public static void SetStream(Span<byte> call, int streamId)
    {
        BinaryPrimitives.WriteInt32BigEndian(call[5..], streamId);
        var data = HeaderLength + LengthOf(call);
        BinaryPrimitives.WriteInt32BigEndian(call[(data + 5)..], streamId);
    }

    public static byte[] Frame(byte type, byte flags, ReadOnlySpan<byte> payload)
    {
        byte[] header = [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, 0];
        return [.. header, .. payload];
    }

    public static int LengthOf(ReadOnlySpan<byte> frame) => (frame[0] << 16) | (frame[1] << 8) | frame[2];

    public static int StreamOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadInt32BigEndian(frame[5..]) & int.MaxValue;

    private static byte[] Literal(string name, string value) =>
        [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
}
