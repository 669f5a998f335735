using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Wire;

namespace Rke.Raida.Tests.Keys;

/// <summary>Tests of the memory of stored keys, with a tenth of the keys in the benchmark, and of zeroed parts.</summary>
[Collection(nameof(NoParallelTests))]
public class KeyTableTests
{
    private const int Keys = 100_000;

    [Fact]
    public void A_hundred_thousand_keys_need_less_than_50_MiB_and_are_all_found()
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
        Assert.InRange(taken, 1, 50L << 20);
        Assert.Equal((Keys, Keys, Keys), (table.Count, capacity.Used, coins.Count));
        for (var key = 0; key < Keys; key++)
        {
            Assert.Equal(key, BitConverter.ToInt32(table[table.Find(9, TestClient.IdOf(key).Hash())].Bytes));
            Assert.True(coins.TryFind(new CoinId((sbyte)(key % 7), (uint)key), out _));
        }

        // Parts expire in steps, oldest first, and free their capacity.
        Assert.False(table.Expire(9, int.MaxValue));
        Assert.True(table.Expire(10, 1_000));
        Assert.Equal(Keys - 1_000, table.Count);
        Assert.Equal(PartStore.None, table.Find(9, TestClient.IdOf(999).Hash()));
        Assert.NotEqual(PartStore.None, table.Find(9, TestClient.IdOf(1_000).Hash()));
        Assert.False(table.Expire(10, int.MaxValue));
        Assert.Equal((0, 0), (table.Count, capacity.Used));
    }

    [Theory]
    [InlineData("read"), InlineData("overwritten"), InlineData("expired"), InlineData("cleared")]
    public void The_bytes_of_a_removed_part_are_zero(string how)
    {
        var table = new KeyTable(WireProfile.Rke, 10, new KeyCapacity(10), null);
        var part = Enumerable.Repeat((byte)0x77, 40).ToArray();
        var post = PostOf(1, part, new byte[128]);
        table.TryPost(0, new CoinId(1, 1), post, 1);
        var index = table.Find(0, post.Hash);
        var stored = table[index].Bytes;
        Assert.Equal(part, stored);
        switch (how)
        {
            case "read":
                table.Consume(index);
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

        Assert.Equal(new byte[40], stored);
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Removing_one_of_several_parts_with_the_same_hash_keeps_the_others(int removed)
    {
        var table = new KeyTable(WireProfile.Rke, 10, new KeyCapacity(10), null);
        for (byte coin = 0; coin < 3; coin++)
        {
            table.TryPost(0, new CoinId(1, coin), PostOf(1, [coin, 0, 0, 0], new byte[128]), 1);
        }

        // A coin has only one part. The next post of this coin overwrites it.
        table.TryPost(0, new CoinId(1, (uint)removed), PostOf(2, new byte[4], new byte[128]), 1);
        Assert.Equal(3, table.Count);
        var hash = TestClient.IdOf(1).Hash();
        foreach (var coin in new[] { 2, 1, 0 }.Where(coin => coin != removed))
        {
            var part = table.Find(0, hash);
            Assert.Equal((uint)coin, table[part].Coin.SerialNumber);
            table.Consume(part);
        }

        Assert.Equal(PartStore.None, table.Find(0, hash));
        Assert.Equal(1, table.Count);
    }

    /// <summary>
    /// A holder of many coins can post all parts under one hash. The work for one part must not depend on their number, because it
    /// happens under the server's lock.
    /// </summary>
    [Theory]
    [InlineData("expired"), InlineData("overwritten"), InlineData("read"), InlineData("cleared")]
    public void The_work_to_remove_a_part_does_not_depend_on_the_number_of_parts_with_its_hash(string how)
    {
        const int MaxAccessesPerPart = 20;
        const int Parts = 4_000;
        var table = new KeyTable(WireProfile.Rke, 10, new KeyCapacity(Parts), null);
        var padding = new byte[128];
        var hash = TestClient.IdOf(1).Hash();
        var same = PostOf(1, new byte[4], padding);
        for (uint coin = 0; coin < Parts; coin++)
        {
            Assert.True(table.TryPost(0, new CoinId(1, coin), same, 1));
        }

        var before = table.PartAccesses;
        switch (how)
        {
            case "expired":
                Assert.False(table.Expire(10, Parts));
                break;
            case "overwritten":
                var other = PostOf(2, new byte[4], padding);
                for (uint coin = 0; coin < Parts; coin++)
                {
                    Assert.True(table.TryPost(0, new CoinId(1, coin), other, 1));
                }

                break;
            case "read":
                for (var coin = 0; coin < Parts; coin++)
                {
                    table.Consume(table.Find(0, hash));
                }

                break;
            default:
                table.Clear();
                break;
        }

        Assert.InRange(table.PartAccesses - before, Parts, (long)MaxAccessesPerPart * Parts);
        Assert.Equal(PartStore.None, table.Find(0, hash));
        Assert.Equal(how == "overwritten" ? Parts : 0, table.Count);
    }

    /// <summary>The places of removed parts are used again, in any order of removal, and no part is lost.</summary>
    [Theory]
    [InlineData(WireProfile.Rke), InlineData(WireProfile.Raidax)]
    public void Posts_reads_and_expiry_in_random_order_agree_with_a_simple_model(WireProfile profile)
    {
        const int Lifetime = 40;
        const int Capacity = 700;
        var random = new Random(20261129);
        var capacity = new KeyCapacity(Capacity);
        var table = new KeyTable(profile, Lifetime, capacity, null);
        var model = new List<ModelPart>();
        for (long now = 0; now < 2_000; now++)
        {
            for (var post = 0; post < 40; post++)
            {
                var coin = new CoinId(1, (uint)random.Next(1_000));
                var (id, part) = (random.Next(500), new byte[random.Next(2) == 0 ? 8 : 40]);
                random.NextBytes(part);
                var hash = TestClient.IdOf(id).Hash();
                var old = model.Find(other => profile == WireProfile.Rke ? other.Coin == coin : other.Hash == hash);
                var isStored = old is not null || model.Count < Capacity;
                Assert.Equal(isStored, table.TryPost(now, coin, PostOf(id, part, new byte[128]), 1));
                if (isStored)
                {
                    var rest = profile == WireProfile.Raidax && old?.Bytes.Length > part.Length ? old.Bytes[part.Length..] : [];
                    model.Remove(old!);
                    model.Add(new(coin, hash, [.. part, .. rest], now + Lifetime));
                }
            }

            for (var get = 0; get < 30; get++)
            {
                var hash = TestClient.IdOf(random.Next(500)).Hash();
                var expected = model.FindLast(part => part.Hash == hash);
                var found = table.Find(now, hash);
                Assert.Equal(expected is null, found == PartStore.None);
                if (expected is not null)
                {
                    Assert.Equal(expected.Coin, table[found].Coin);
                    Assert.Equal(expected.Bytes, table[found].Bytes);
                    table.Consume(found);
                    if (profile == WireProfile.Rke)
                    {
                        model.Remove(expected);
                    }
                }
            }

            Assert.False(table.Expire(now + 1, int.MaxValue));
            model.RemoveAll(part => part.ExpiresAt <= now + 1);
            Assert.Equal((model.Count, model.Count), (table.Count, capacity.Used));
        }
    }

    private static PostKeyPayload PostOf(int key, byte[] part, byte[] padding)
    {
        Assert.True(PostKeyPayload.TryCreate(WireProfile.Rke, TestClient.IdOf(key), default, 0, part, padding, out var post, out _));
        return post;
    }

    private sealed record ModelPart(CoinId Coin, KeyIdHash Hash, byte[] Bytes, long ExpiresAt);
}
