using System.Buffers.Binary;

namespace Rke.Gateway.Listening;

/// <summary>A frame of HTTP/2 without its payload.</summary>
internal readonly record struct Http2Frame(Http2FrameKind Kind, byte Flags, int StreamId, int Length)
{
    private const byte FirstFlag = 1;

    /// <summary>The flag END_STREAM of DATA and HEADERS.</summary>
    public bool EndsStream => Kind is Http2FrameKind.Data or Http2FrameKind.Headers && (Flags & FirstFlag) != 0;

    /// <summary>The flag ACK of PING.</summary>
    public bool IsAcknowledgement => (Flags & FirstFlag) != 0;
}

/// <summary>The type of a frame (RFC 9113 §6).</summary>
internal enum Http2FrameKind : byte
{
    Data = 0,
    Headers = 1,
    RstStream = 3,
    Ping = 6,
}

/// <summary>
/// Finds the frames in a sequence of bytes (RFC 9113 §4.1). A frame header has the length (24 bits), the type (8), the flags (8) and the
/// stream id (31).
/// </summary>
internal sealed class Http2FrameScanner
{
    private const int HeaderLength = 9;

    private readonly byte[] _header = new byte[HeaderLength];
    private int _filled;

    /// <summary>The bytes of the current payload that are still to come.</summary>
    public int PayloadLeft { get; private set; }

    /// <summary>The last frame.</summary>
    public Http2Frame Frame { get; private set; }

    /// <summary>Skips to the end of the next frame header. Returns whether there is one. <paramref name="bytes"/> is then what follows.</summary>
    public bool TryReadHeader(ref ReadOnlySpan<byte> bytes)
    {
        var skipped = Math.Min(PayloadLeft, bytes.Length);
        PayloadLeft -= skipped;
        bytes = bytes[skipped..];
        var copied = Math.Min(HeaderLength - _filled, bytes.Length);
        bytes[..copied].CopyTo(_header.AsSpan(_filled));
        bytes = bytes[copied..];
        _filled += copied;
        if (_filled < HeaderLength)
        {
            return false;
        }

        _filled = 0;
        PayloadLeft = (int)(BinaryPrimitives.ReadUInt32BigEndian(_header) >> 8);
        Frame = new(
            (Http2FrameKind)_header[3],
            _header[4],
            (int)(BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(5)) & int.MaxValue),
            PayloadLeft);
        return true;
    }
}
