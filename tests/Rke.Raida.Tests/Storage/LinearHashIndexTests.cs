using Rke.Raida.Storage;

namespace Rke.Raida.Tests.Storage;

public class LinearHashIndexTests
{
    [Theory]
    [InlineData(uint.MaxValue), InlineData(7u), InlineData(0u)]
    public void It_behaves_as_a_dictionary_of_lists_does(uint hashMask)
    {
        var random = new Random(20260102);
        var index = new LinearHashIndex();
        var model = new Dictionary<uint, List<int>>();
        var free = new Stack<int>(Enumerable.Range(0, 3_000).Reverse());
        var used = new List<(uint Hash, int Record)>();
        for (var step = 0; step < 20_000; step++)
        {
            // Grows at first, then shrinks, then stays.
            if (free.Count > 0 && random.Next(20_000) >= Math.Min(step, 12_000))
            {
                var hash = (uint)random.NextInt64(1L << 32) & hashMask;
                var record = free.Pop();
                index.Insert(hash, record);
                (model.TryGetValue(hash, out var list) ? list : model[hash] = []).Insert(0, record);
                used.Add((hash, record));
            }
            else if (used.Count > 0)
            {
                var at = random.Next(used.Count);
                var (hash, record) = used[at];
                index.Remove(record);
                model[hash].Remove(record);
                used.RemoveAt(at);
                free.Push(record);
            }
        }

        Assert.Equal(used.Count, index.Count);
        foreach (var (hash, records) in model)
        {
            var found = new List<int>();
            for (var record = index.First(hash); record >= 0; record = index.Next(record))
            {
                found.Add(record);
            }

            Assert.Equal(records, found);
        }
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        var index = new LinearHashIndex();
        Assert.Equal(-1, index.First(1));
        index.Insert(17, 0);
        Assert.Equal(-1, index.First(1));
        Assert.Equal(0, index.First(17));
        Assert.Equal(-1, index.Next(0));
    }
}
