using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Listening;

namespace Rke.Gateway.Tests.Listening;

public sealed class Http2ReaderTests : IAsyncDisposable
{
    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8];

    private readonly Pipe _pipe = new(new(pauseWriterThreshold: 0));
    private readonly DefaultConnectionContext _connection = new();
    private readonly PeerDirectory _peers = new();
    private readonly StreamTotals _totals = new(new() { MaxStreams = 100 });
    private readonly List<string> _aborts = [];
    private readonly ConnectionLife _life;
    private readonly OpenStreams _streams;
    private readonly Http2Reader _reader;

    public Http2ReaderTests()
    {
        _life = new(_connection, new(), age: null, new FakeTimeProvider());
        _streams = new(_peers.Connect(null), _totals, _aborts.Add);
        _reader = new(_pipe.Reader, _life, _streams);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _streams.Dispose();
        await _life.DisposeAsync();
        await _connection.DisposeAsync();
    }

    [Fact]
    public async Task One_read_passes_a_few_new_calls()
    {
        var sent = Calls(11);
        await _pipe.Writer.WriteAsync(sent, Cancelled);
        var (received, started) = (new List<byte>(), new List<int>());
        while (received.Count < sent.Length)
        {
            var before = _totals.Count;
            received.AddRange(await ReadAsync());
            started.Add(_totals.Count - before);
        }

        Assert.Equal(sent, received);
        Assert.Equal([4, 4, 3], started.Where(count => count > 0));
    }

    [Fact]
    public async Task Frames_are_found_in_any_pieces()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var pipe = new Pipe(new(pauseWriterThreshold: 0, minimumSegmentSize: 16));
            using var streams = new OpenStreams(_peers.Connect(null), _totals, _aborts.Add);
            var reader = new Http2Reader(pipe.Reader, _life, streams);
            var sent = Calls(9);
            var received = new List<byte>();
            var written = 0;
            while (received.Count < sent.Length)
            {
                var size = Math.Min(random.Next(1, 60), sent.Length - written);
                if (size > 0)
                {
                    await pipe.Writer.WriteAsync(sent.AsMemory(written, size), Cancelled);
                    written += size;
                }

                // Like Kestrel, it may consume less than it has read.
                var read = await reader.ReadAsync(Cancelled);
                var consumed = read.Buffer.Slice(0, random.NextInt64(read.Buffer.Length + 1));
                received.AddRange(consumed.ToArray());
                reader.AdvanceTo(consumed.End, consumed.End);
            }

            Assert.Equal(sent, received);
            Assert.Equal(9, _totals.Count);
        }

        Assert.Empty(_aborts);
    }

    [Fact]
    public async Task The_end_of_the_connection_is_passed_after_all_calls()
    {
        await _pipe.Writer.WriteAsync(Calls(6), Cancelled);
        await _pipe.Writer.CompleteAsync();
        var length = 0L;
        bool isCompleted;
        do
        {
            var read = await _reader.ReadAsync(Cancelled);
            length += read.Buffer.Length;
            isCompleted = read.IsCompleted;
            _reader.AdvanceTo(read.Buffer.End);
        }
        while (!isCompleted);
        Assert.Equal(Calls(6).Length, length);
    }

    [Fact]
    public async Task Trailers_and_resets_start_no_call()
    {
        await _pipe.Writer.WriteAsync(
            (byte[])[.. Preface, .. RawHttp2.Call(1, "/a"), .. RawHttp2.Call(1, "/a"), .. RawHttp2.Call(3, "/a")], Cancelled);
        await ReadAsync();
        Assert.Equal(2, _totals.Count);
        await _pipe.Writer.WriteAsync(RawHttp2.Frame(RawFrame.RstStream, 0, 1, [0, 0, 0, 8]), Cancelled);
        await ReadAsync();
        Assert.Equal(1, _totals.Count);
        _streams.Close(1);
        Assert.Equal(1, _totals.Count);
        _streams.Dispose();
        Assert.Equal(0, _totals.Count);
    }

    [Fact]
    public async Task HTTP_1_1_passes_unchanged()
    {
        var sent = "PRINT / HTTP/1.1\r\nHost: gateway\r\n\r\n"u8.ToArray();
        await _pipe.Writer.WriteAsync(sent, Cancelled);
        Assert.Equal(sent, await ReadAsync());
        Assert.False(_life.IsHttp2);
        await _pipe.Writer.WriteAsync(Calls(9), Cancelled);
        Assert.Equal(Calls(9), await ReadAsync());
        Assert.Equal(0, _totals.Count);
    }

    private static byte[] Calls(int count) =>
    [
        .. Preface, .. Enumerable.Range(0, count).SelectMany(call =>
            (byte[])[.. RawHttp2.Call((2 * call) + 1, "/a"), .. RawHttp2.EmptyMessage((2 * call) + 1)]),
    ];

    private async Task<byte[]> ReadAsync()
    {
        var read = await _reader.ReadAsync(Cancelled);
        var bytes = read.Buffer.ToArray();
        _reader.AdvanceTo(read.Buffer.End);
        return bytes;
    }
}
