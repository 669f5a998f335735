using Google.Protobuf;
using Rke.Gateway.Kme;

namespace Rke.Gateway.Tests.Kme;

/// <summary>Ids and keys that both KMEs derive from the seed of a key.</summary>
public sealed class KmeKeysTests
{
    private static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];
    private static readonly ByteString Session = ByteString.CopyFrom([.. Enumerable.Range(100, 16).Select(value => (byte)value)]);

    [Fact]
    public void An_id_depends_on_the_seed_the_session_the_index_and_the_pair()
    {
        var pair = PairOf("sae-a", "sae-b");
        var other = (byte[])Seed.Clone();
        other[31] ^= 1;
        string[] names =
        [
            KmeKeys.NameOf(Seed, Session, 0, pair),
            KmeKeys.NameOf(other, Session, 0, pair),
            KmeKeys.NameOf(Seed, ByteString.CopyFrom(new byte[16]), 0, pair),
            KmeKeys.NameOf(Seed, Session, 1, pair),
            KmeKeys.NameOf(Seed, Session, 0, PairOf("sae-b", "sae-a")),
            KmeKeys.NameOf(Seed, Session, 0, PairOf("sae-a", "sae-bc")),
        ];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Equal(names[0], KmeKeys.NameOf(Seed, Session, 0, PairOf("sae-a", "sae-b")));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(256)]
    [InlineData(1024)]
    public void An_id_is_a_UUID_with_the_size_of_the_key(int size)
    {
        var name = KmeKeys.NameOf(Seed, Session, 3, PairOf("sae-a", "sae-b"));
        var id = KmeKeys.IdOf(name, size);
        Assert.Equal(('8', 36), (id[14], id.Length));
        Assert.Contains(id[19], "89ab");
        Assert.True(KmeKeys.TryReadId(id.ToUpperInvariant(), out var readName, out var readSize));
        Assert.Equal((name, size), (readName, readSize));
        Assert.Equal(size / 8, KmeKeys.Derive(Seed, size).Length);
    }

    [Fact]
    public void Keys_of_different_sizes_have_no_common_bytes_and_other_texts_are_no_id()
    {
        Assert.NotEqual(KmeKeys.Derive(Seed, 256), KmeKeys.Derive(Seed, 512)[..32]);
        Assert.False(KmeKeys.TryReadId("", out _, out _));
        Assert.False(KmeKeys.TryReadId("{6ba7b810-9dad-81d1-80b4-00c04fd430c8}", out _, out _));
        Assert.Equal([false, true, false, true, false], new[] { 56, 64, 65, 1024, 1032 }.Select(KmeKeys.IsSize));
    }

    private static KmePair PairOf(string master, string slave) => new(new() { Master = master, Slave = slave, Peer = "peer" }, 6);
}
