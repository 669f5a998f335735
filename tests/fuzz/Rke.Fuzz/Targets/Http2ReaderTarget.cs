using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Rke.Fuzz.Driving;
using Rke.Gateway.Listening;

namespace Rke.Fuzz.Targets;

/// <summary>
/// The bytes of a connection, between the socket and Kestrel. Byte 0 of the input selects the sizes of the segments and of the reads. The
/// reader and the writer pass all bytes on unchanged, and no stream stays counted after the connection.
/// </summary>
internal sealed class Http2ReaderTarget() : FuzzTarget("http2-reader")
{
    // Enough for all frames of an input. A reader that makes no progress needs more.
    private const int MaxReads = 20_000;

    private static readonly FixedTime Time = new(new(2026, 11, 29, 0, 0, 0, TimeSpan.Zero));
    private static readonly ConnectionOptions Options = new();

    public override long AllocationLimit(int inputLength) => (128 << 10) + (512L * inputLength);

    // Another thread starts the calls of each read.
    public override TimeSpan TimeLimit => TimeSpan.FromMilliseconds(200);

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8], [0, 0, 0, 1, 5, 0, 0, 0, 1], [0, 0, 0, 3, 0, 0, 0, 0, 1], [0, 0, 8, 6, 1, 0, 0, 0, 0],
        [0, 0, 0, 4, 0, 0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0],
    ];

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] call = [0, 0, 2, 1, 5, 0, 0, 0, 1, 0x83, 0x86, 0, 0, 0, 1, 5, 0, 0, 0, 3, 0, 0, 0, 1, 5, 0, 0, 0, 5];
        byte[] more = [0, 0, 0, 1, 5, 0, 0, 0, 7, 0, 0, 0, 1, 5, 0, 0, 0, 9, 0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8];
        byte[] ping = [0, 0, 8, 6, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        yield return [0x21, .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, .. call, .. more, .. ping];
        yield return [0xFF, .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. call, .. ping, .. more];
        yield return [5, .. "POST / HTTP/1.1\r\n\r\n"u8];
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var segment = 1 + (input[0] & 31);
        var step = 1 + (input[0] >> 5 << 2);
        var bytes = input[1..].ToArray();
        var totals = new StreamTotals(Options);
        var peer = new Peer(IPAddress.Loopback);
        var life = new ConnectionLife(new DefaultConnectionContext(), Options, age: null, Time);
        using (var streams = new OpenStreams(peer, totals, _ => { }))
        {
            Read(new Http2Reader(PipeReader.Create(Segment.Split(bytes, segment)), life, streams), bytes, step);
            Write(life, streams, bytes, step);
        }

        life.DisposeAsync().AsTask().GetAwaiter().GetResult();
        PropertyViolation.Unless(totals.Count == 0 && peer.Open == 0, "A stream stays counted after the connection.");
    }

    private static void Read(Http2Reader reader, byte[] bytes, int step)
    {
        var position = 0;
        for (var reads = 0; ; reads++)
        {
            PropertyViolation.Unless(reads < MaxReads, "The reader makes no progress.");
            var result = reader.ReadAsync().AsTask().GetAwaiter().GetResult();
            var length = (int)Math.Min(result.Buffer.Length, step);
            PropertyViolation.Unless(
                result.Buffer.Slice(0, length).ToArray().AsSpan().SequenceEqual(bytes.AsSpan(position, length)), "The reader changes bytes.");
            var isEnd = result.IsCompleted && length == result.Buffer.Length;
            position += length;
            reader.AdvanceTo(result.Buffer.GetPosition(length), result.Buffer.End);
            if (isEnd)
            {
                break;
            }
        }

        PropertyViolation.Unless(position == bytes.Length, "The reader loses bytes.");
        reader.Complete();
    }

    private static void Write(ConnectionLife life, OpenStreams streams, byte[] bytes, int step)
    {
        using var stream = new MemoryStream();
        var writer = new Http2Writer(PipeWriter.Create(stream), life, streams);
        for (var position = 0; position < bytes.Length; position += step)
        {
            var part = bytes.AsSpan(position, Math.Min(step, bytes.Length - position));
            part.CopyTo(writer.GetSpan(part.Length));
            writer.Advance(part.Length);
        }

        writer.FlushAsync().AsTask().GetAwaiter().GetResult();
        writer.Complete();
        PropertyViolation.Unless(stream.ToArray().AsSpan().SequenceEqual(bytes), "The writer changes bytes.");
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        private Segment(ReadOnlyMemory<byte> memory, long start) => (Memory, RunningIndex) = (memory, start);

        public static ReadOnlySequence<byte> Split(byte[] bytes, int size)
        {
            var first = new Segment(bytes.AsMemory(0, Math.Min(size, bytes.Length)), 0);
            var last = first;
            for (var start = size; start < bytes.Length; start += size)
            {
                var next = new Segment(bytes.AsMemory(start, Math.Min(size, bytes.Length - start)), start);
                last.Next = next;
                last = next;
            }

            return new(first, 0, last, last.Memory.Length);
        }
    }
}
