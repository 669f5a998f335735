using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rke.Bench.Load;

/// <summary>
/// One HTTP/2 connection that sends a call on each stream: the messages in turn. It never blocks: the loop of the client waits for all
/// connections.
/// </summary>
internal sealed class Http2Connection(IPEndPoint server, string path, IReadOnlyList<byte[]> messages, int first, int status) : IDisposable
{
    // What a stream of RFC 9113 allows until the server announces other values.
    private const int StreamsUntilSettings = 100;
    private const int WindowUntilUpdate = 65_535;
    private const ushort MaxConcurrentStreams = 3;
    private const int LastStream = int.MaxValue - 2;

    private static readonly byte[] StatusName = "grpc-status"u8.ToArray();

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[][] _frames = [.. messages.Select(message => Http2Frames.Call(server.ToString(), path, message))];
    private readonly int _longest = messages.Max(message => message.Length);
    private readonly byte[] _expectedStatus = [.. StatusName, (byte)$"{status}".Length, .. Encoding.ASCII.GetBytes($"{status}")];
    private readonly Dictionary<int, Call> _calls = [];
    private byte[] _input = new byte[64 << 10];
    private int _inputLength;
    private byte[] _output = new byte[64 << 10];
    private int _outputLength;
    private int _next = first % messages.Count;
    private int _nextStream = 1;
    private long _window = WindowUntilUpdate;
    private long _received;

    private record struct Call(long Start, bool HasMessage);

    /// <summary>Is called when a stream ended, with its start and what is wrong with its response, or null.</summary>
    public required Action<long, string?> Ended { get; init; }

    public int Descriptor => (int)_socket.Handle;

    public int MaxStreams { get; private set; } = StreamsUntilSettings;

    public int InFlight => _calls.Count;

    public bool HasOutput => _outputLength > 0;

    public bool CanStart => _calls.Count < MaxStreams && _window >= _longest && _nextStream < LastStream;

    public async Task ConnectAsync()
    {
        await _socket.ConnectAsync(server);
        _socket.Blocking = false;
        Write(Http2Frames.Preface());
        Flush();
    }

    public void Start(long timestamp)
    {
        Http2Frames.SetStream(_frames[_next], _nextStream);
        Write(_frames[_next]);
        _calls.Add(_nextStream, new(timestamp, HasMessage: false));
        _nextStream += 2;
        _window -= messages[_next].Length;
        _next = (_next + 1) % messages.Count;
    }

    /// <summary>Sends as much of the output as the socket takes.</summary>
    public void Flush()
    {
        var sent = 0;
        while (sent < _outputLength)
        {
            var count = _socket.Send(_output.AsSpan(sent, _outputLength - sent), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                break;
            }

            Require(error == SocketError.Success, $"cannot send: {error}");
            sent += count;
        }

        _output.AsSpan(sent, _outputLength - sent).CopyTo(_output);
        _outputLength -= sent;
    }

    /// <summary>Reads what has arrived.</summary>
    public void Receive()
    {
        while (true)
        {
            if (_inputLength == _input.Length)
            {
                Array.Resize(ref _input, 2 * _input.Length);
            }

            var count = _socket.Receive(_input.AsSpan(_inputLength), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return;
            }

            Require(error == SocketError.Success && count > 0, $"the server closed the connection: {error}");
            _inputLength += count;
            var isMore = _inputLength == _input.Length;
            ReadFrames();
            if (!isMore)
            {
                return;
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private void ReadFrames()
    {
        var position = 0;
        while (_inputLength - position >= Http2Frames.HeaderLength)
        {
            var frame = _input.AsSpan(position, _inputLength - position);
            var length = Http2Frames.HeaderLength + Http2Frames.LengthOf(frame);
            if (frame.Length < length)
            {
                break;
            }

            Read(frame[..length]);
            position += length;
        }

        _input.AsSpan(position, _inputLength - position).CopyTo(_input);
        _inputLength -= position;
    }

    private void Read(ReadOnlySpan<byte> frame)
    {
        var (type, flags, stream) = (frame[3], frame[4], Http2Frames.StreamOf(frame));
        var payload = frame[Http2Frames.HeaderLength..];
        switch (type)
        {
            case Http2Frames.Data:
                ReadData(stream, flags, payload.Length);
                break;
            case Http2Frames.Headers when (flags & Http2Frames.EndStream) != 0:
                End(stream, payload);
                break;
            case Http2Frames.ResetStream:
                End(stream, $"the stream was reset with error {BinaryPrimitives.ReadInt32BigEndian(payload)}");
                break;
            case Http2Frames.Settings when (flags & Http2Frames.Acknowledged) == 0:
                ReadSettings(payload);
                break;
            case Http2Frames.Ping when (flags & Http2Frames.Acknowledged) == 0:
                Write(Http2Frames.Frame(Http2Frames.Ping, Http2Frames.Acknowledged, payload));
                break;
            case Http2Frames.GoAway:
                throw new InvalidOperationException("The server sent GOAWAY.");
            case Http2Frames.WindowUpdate when stream == 0:
                _window += BinaryPrimitives.ReadInt32BigEndian(payload);
                break;
            default:
                break;
        }
    }

    private void ReadData(int stream, byte flags, int length)
    {
        Require((flags & Http2Frames.EndStream) == 0, "a response has no trailers");
        _received += length;
        if (_received > Http2Frames.LargestWindow / 2)
        {
            var update = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(update, (int)_received);
            Write(Http2Frames.Frame(Http2Frames.WindowUpdate, 0, update));
            _received = 0;
        }

        if (_calls.TryGetValue(stream, out var call))
        {
            _calls[stream] = call with { HasMessage = call.HasMessage || length > 0 };
        }
    }

    private void ReadSettings(ReadOnlySpan<byte> payload)
    {
        for (; payload.Length >= 6; payload = payload[6..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(payload) == MaxConcurrentStreams)
            {
                MaxStreams = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(payload[2..]), int.MaxValue);
            }
        }

        Write(Http2Frames.Frame(Http2Frames.Settings, Http2Frames.Acknowledged, []));
    }

    // The server has no dynamic table, so the block contains the status as a literal. A successful call has a message too.
    private void End(int stream, ReadOnlySpan<byte> headers)
    {
        var hasStatus = headers.IndexOf(_expectedStatus) >= 0;
        var hasMessage = status != 0 || (_calls.TryGetValue(stream, out var call) && call.HasMessage);
        End(stream, hasStatus && hasMessage ? null : Describe(headers));
    }

    private void End(int stream, string? problem)
    {
        if (_calls.Remove(stream, out var call))
        {
            Ended(call.Start, problem);
        }
    }

    private static string Describe(ReadOnlySpan<byte> headers) =>
        $"the trailers are '{string.Concat(Encoding.Latin1.GetString(headers).Select(letter => char.IsControl(letter) ? ' ' : letter))}'";

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_outputLength + bytes.Length > _output.Length)
        {
            Array.Resize(ref _output, Math.Max(2 * _output.Length, _outputLength + bytes.Length));
        }

        bytes.CopyTo(_output.AsSpan(_outputLength));
        _outputLength += bytes.Length;
    }

    private static void Require(bool isTrue, string problem)
    {
        if (!isTrue)
        {
            throw new InvalidOperationException(problem);
        }
    }
}
