namespace Rke.Cli.Tests;

/// <summary>The content of an input can be secret.</summary>
public sealed class InputFileTests
{
    [Theory]
    [InlineData(10, 100)]
    [InlineData(100, 100)]
    [InlineData(101, 100)]
    [InlineData(100_000, 200_000)]
    [InlineData(300_000, 200_000)]
    public void No_copy_of_the_content_remains(int length, int maxLength)
    {
        var content = Enumerable.Repeat((byte)7, length).ToArray();
        using var input = new RecordingStream(content);
        var terminal = Terminal.Standard() with { In = input };
        if (length > maxLength)
        {
            Assert.Throws<FailureException>(() => InputFile.Read("-", terminal, maxLength));
        }
        else
        {
            Assert.Equal(content, InputFile.Read("-", terminal, maxLength));
        }

        Assert.All(input.Buffers, buffer => Assert.DoesNotContain((byte)7, buffer));
    }

    /// <summary>Keeps the buffers of its reader.</summary>
    private sealed class RecordingStream(byte[] content) : MemoryStream(content)
    {
        public HashSet<byte[]> Buffers { get; } = [];

        public override int Read(byte[] buffer, int offset, int count)
        {
            Buffers.Add(buffer);
            return base.Read(buffer, offset, count);
        }

        public override int Read(Span<byte> buffer) => throw new NotSupportedException("The reader passes an array.");
    }
}
