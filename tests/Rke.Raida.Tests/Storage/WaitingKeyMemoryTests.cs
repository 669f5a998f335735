using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Wire;

namespace Rke.Raida.Tests.Storage;

/// <summary>A tenth of what the bench measures: 100,000 keys in less than 100 MiB.</summary>
[Collection(nameof(Alone))]
public class WaitingKeyMemoryTests
{
    private const int Keys = 100_000;

    [Fact]
    public void A_hundred_thousand_keys_take_less_than_100_MiB_and_are_all_there()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var coins = new CoinTable();
        var capacity = new KeyCapacity(Keys);
        var table = new KeyTable(WireProfile.Rke, 10, capacity, null);
        var part = new byte[40];
        var padding = new byte[128];
        for (var key = 0; key < Keys; key++)
        {
            var coin = new CoinId((sbyte)(key % 7), (uint)key);
            coins.Add(coin, default);
            BitConverter.TryWriteBytes(part, key);
            var post = PostOf(key, part, padding);
            Assert.True(table.TryPost(0, coin, post, 1));
        }

        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(taken, 1, 100L << 20);
        Assert.Equal((Keys, Keys, Keys), (table.Count, capacity.Used, coins.Count));
        for (var key = 0; key < Keys; key++)
        {
            var found = table.Find(9, Client.IdOf(key).Hash());
            Assert.Equal(key, BitConverter.ToInt32(table[found].Part));
            Assert.True(coins.TryFind(new CoinId((sbyte)(key % 7), (uint)key), out var index, out _) && index == key);
        }

        // Expiring goes in steps, oldest first, and gives everything back.
        Assert.False(table.Expire(9, int.MaxValue));
        Assert.True(table.Expire(10, 1_000));
        Assert.Equal(Keys - 1_000, table.Count);
        Assert.Equal(-1, table.Find(9, Client.IdOf(999).Hash()));
        Assert.NotEqual(-1, table.Find(9, Client.IdOf(1_000).Hash()));
        Assert.False(table.Expire(10, int.MaxValue));
        Assert.Equal((0, 0), (table.Count, capacity.Used));
    }

    [Theory]
    [InlineData("read"), InlineData("overwritten"), InlineData("expired"), InlineData("cleared")]
    public void The_bytes_of_a_part_that_is_gone_are_zero(string how)
    {
        var table = new KeyTable(WireProfile.Rke, 10, new KeyCapacity(10), null);
        var part = Enumerable.Repeat((byte)0x77, 40).ToArray();
        var post = PostOf(1, part, new byte[128]);
        table.TryPost(0, new CoinId(1, 1), post, 1);
        var record = table.Find(0, post.Hash);
        Assert.Equal(part, table[record].Part);
        switch (how)
        {
            case "read":
                table.HandOut(record);
                break;
            case "overwritten":
                table.TryPost(0, new CoinId(1, 1), PostOf(2, new byte[4], new byte[128]), 1);
                break;
            case "expired":
                table.Expire(10, 1);
                break;
            default:
                table.Clear();
                break;
        }

        table[record].PartLength = 40;
        Assert.Equal(new byte[40], table[record].Part);
    }

    private static PostKeyPayload PostOf(int key, byte[] part, byte[] padding)
    {
        Assert.True(PostKeyPayload.TryCreate(WireProfile.Rke, Client.IdOf(key), 0, part, padding, out var post, out _));
        return post;
    }
}
