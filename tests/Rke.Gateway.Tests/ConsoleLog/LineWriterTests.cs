using System.Globalization;
using System.IO.Pipes;
using System.Text;
using Rke.Gateway.ConsoleLog;

namespace Rke.Gateway.Tests.ConsoleLog;

public sealed class LineWriterTests
{
    private const int Writers = 4;
    private const int LinesOfEach = 20_000;

    // The capacity of a pipe in Linux.
    private const int PipeCapacity = 64 << 10;

    private static readonly string Filler = new('x', 80);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_threads_lose_no_line_and_their_lines_do_not_mix_while_a_slow_reader_bounds_the_memory()
    {
        using var output = new AnonymousPipeServerStream(PipeDirection.Out);
        using var reader = new AnonymousPipeClientStream(PipeDirection.In, output.ClientSafePipeHandle);
        using var writer = new LineWriter(output);
        long accepted = 0;
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (var index = 0; index < LinesOfEach; index++)
                {
                    var line = Encoding.UTF8.GetBytes($"{thread} {index} {Filler}\n");
                    writer.Write(line);
                    Interlocked.Add(ref accepted, line.Length);
                }
            },
            Cancelled,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        var closing = writing.ContinueWith(
            _ =>
            {
                writer.Dispose();
                output.Dispose();
            },
            TaskScheduler.Default);

        var read = new MemoryStream();
        var buffer = new byte[1000];
        int length;
        while ((length = await reader.ReadAsync(buffer, Cancelled)) > 0)
        {
            // Both buffers of the writer, the pipe, and the bytes of this read.
            var pending = Interlocked.Read(ref accepted) - read.Length;
            Assert.InRange(pending, -1000, (2 * LineWriter.MaxPending) + PipeCapacity + buffer.Length);
            read.Write(buffer, 0, length);
        }

        await closing;
        await writing;
        var next = new int[Writers];
        foreach (var line in Encoding.UTF8.GetString(read.ToArray()).TrimEnd('\n').Split('\n'))
        {
            var parts = line.Split(' ');
            Assert.Equal(3, parts.Length);
            var thread = int.Parse(parts[0], CultureInfo.InvariantCulture);
            Assert.Equal($"{next[thread]++}", parts[1]);
            Assert.Equal(Filler, parts[2]);
        }

        Assert.All(next, count => Assert.Equal(LinesOfEach, count));
    }

    [Fact]
    public void A_line_above_the_limit_is_written_whole_and_so_is_a_line_after_the_end()
    {
        var output = new MemoryStream();
        var writer = new LineWriter(output);
        writer.Write("first\n"u8);
        var large = new byte[LineWriter.MaxPending * 2];
        writer.Write(large);
        writer.Write("second\n"u8);
        writer.Dispose();
        writer.Write("late\n"u8);

        Assert.Equal([.. "first\n"u8, .. large, .. "second\nlate\n"u8], output.ToArray());
    }
}
