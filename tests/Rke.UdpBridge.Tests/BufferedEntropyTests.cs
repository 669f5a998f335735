namespace Rke.UdpBridge.Tests;

public class BufferedEntropyTests
{
    [Fact]
    public void No_byte_is_returned_twice()
    {
        var entropy = new BufferedEntropy();
        var drawn = new HashSet<UInt128>();
        Span<byte> bytes = stackalloc byte[18];
        for (var count = 0; count < 10_000; count++)
        {
            entropy.Fill(bytes);
            Assert.True(drawn.Add(BitConverter.ToUInt128(bytes)));
        }
    }

    [Fact]
    public void Every_length_is_filled()
    {
        var entropy = new BufferedEntropy();
        foreach (var length in new[] { 0, 1, 1023, 1024, 1025, 5000 })
        {
            var bytes = new byte[length];
            entropy.Fill(bytes);

            // Of a kilobyte of random bytes, about four are zero.
            Assert.True(length < 100 || bytes.Count(static value => value == 0) < length / 10);
        }
    }

    [Fact]
    public void It_allocates_nothing()
    {
        var entropy = new BufferedEntropy();
        Span<byte> bytes = stackalloc byte[18];
        entropy.Fill(bytes);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 1000; count++)
        {
            entropy.Fill(bytes);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
