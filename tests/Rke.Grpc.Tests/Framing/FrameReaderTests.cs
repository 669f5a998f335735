using System.Buffers;
using System.IO.Pipelines;
using Rke.Grpc.Framing;

namespace Rke.Grpc.Tests.Framing;

public sealed class FrameReaderTests
{
    private static readonly byte[] Frame = RawClient.Frame([1, 2, 3]);

    [Fact]
    public void Finds_a_message_however_its_bytes_are_cut()
    {
        for (var first = 0; first <= Frame.Length; first++)
        {
            for (var second = first; second <= Frame.Length; second++)
            {
                var bytes = Split(Frame, first, second);

                var status = FrameReader.TryRead(bytes, 3, out var isCompressed, out var message);
                Assert.Equal(FrameStatus.Complete, status);
                Assert.False(isCompressed);
                Assert.Equal(new byte[] { 1, 2, 3 }, message.ToArray());
            }
        }
    }

    [Fact]
    public void Waits_at_every_prefix_and_fails_there_at_the_end()
    {
        for (var length = 0; length < Frame.Length; length++)
        {
            var prefix = new ReadOnlySequence<byte>(Frame.AsMemory(0, length));

            Assert.Equal(FrameStatus.Incomplete, FrameReader.TryRead(prefix, 3, out _, out _));
            Assert.Equal(
                length == 0 ? FrameStatus.Missing : FrameStatus.Truncated,
                FrameReader.TryReadNext(new ReadResult(prefix, false, isCompleted: true), 3, out _, out _));
        }
    }

    [Fact]
    public void Takes_no_other_flags()
    {
        for (var flag = 2; flag <= byte.MaxValue; flag++)
        {
            var bytes = new ReadOnlySequence<byte>([(byte)flag]);

            Assert.Equal(FrameStatus.InvalidFlag, FrameReader.TryRead(bytes, 3, out _, out _));
        }
    }

    [Fact]
    public void Refuses_a_length_before_its_bytes_arrive()
    {
        var bytes = new ReadOnlySequence<byte>([0, 0, 0, 0, 4]);

        Assert.Equal(FrameStatus.TooLong, FrameReader.TryRead(bytes, 3, out _, out _));
    }

    private static ReadOnlySequence<byte> Split(byte[] bytes, int first, int second)
    {
        var start = new Segment(bytes.AsMemory(0, first), 0);
        var middle = start.Append(bytes.AsMemory(first, second - first));
        var end = middle.Append(bytes.AsMemory(second));
        return new ReadOnlySequence<byte>(start, 0, end, end.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex) =>
            (Memory, RunningIndex) = (memory, runningIndex);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
