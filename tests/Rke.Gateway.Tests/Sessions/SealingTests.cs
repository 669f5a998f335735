using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Configuration;
using Rke.Gateway.Sessions.Sealing;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.Sessions;

public sealed class SealingTests
{
    private const string Id = "00112233445566778899aabbccddeeff";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private static readonly byte[] Old = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] New = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(96);

    [Fact]
    public void What_was_sealed_is_opened_under_the_same_key_and_id_alone()
    {
        var seal = Seal(Old);
        var box = seal.Seal(Id, Key);
        Assert.Equal(Key, seal.Open(Id, box));
        Assert.Null(seal.Open(Id.Replace('0', '1'), box));
        Assert.Null(Seal(New).Open(Id, box));
        Assert.NotEqual(box, seal.Seal(Id, Key));
        Assert.Equal(-1, box.AsSpan().IndexOf(Key.AsSpan(0, 4)));
    }

    [Fact]
    public void Any_changed_byte_or_missing_end_is_refused()
    {
        var seal = Seal(Old);
        var box = seal.Seal(Id, Key);
        for (var index = 0; index < box.Length; index++)
        {
            var changed = box.ToArray();
            changed[index] ^= 1;
            Assert.Null(seal.Open(Id, changed));
            Assert.Null(seal.Open(Id, box.AsSpan(0, index)));
        }
    }

    [Fact]
    public void Many_seal_and_open_at_a_time()
    {
        var seal = Seal(Old);
        Parallel.For(0, 2000, _ => Assert.Equal(Key, seal.Open(Id, seal.Seal(Id, Key))));
    }

    [Fact]
    public void After_a_rotation_the_first_key_seals_and_the_others_open()
    {
        var before = Seal(Old).Seal(Id, Key);
        var rotated = Seal(New, Old);
        Assert.Equal(Key, rotated.Open(Id, before));
        Assert.Equal(Key, Seal(New).Open(Id, rotated.Seal(Id, Key)));
        Assert.Null(Seal(Old).Open(Id, rotated.Seal(Id, Key)));
    }

    [Fact]
    public void Files_hold_raw_bytes_or_lines_of_hex_or_base64()
    {
        var text = $"# made for the test\n{Convert.ToHexStringLower(New)}\r\n\n  {Convert.ToBase64String(Old)}  \n";
        Assert.True(SealingKeyFile.TryParse(Encoding.UTF8.GetBytes(text), out var keys, out _));
        Assert.Equal(2, keys.Count);
        Assert.Equal(keys[0].Name, new SealingKey(New).Name);
        Assert.Equal(keys[1].Name, new SealingKey(Old).Name);
        Assert.True(SealingKeyFile.TryParse(Old, out var raw, out _));
        Assert.Equal(new SealingKey(Old).Name, Assert.Single(raw).Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("0123456789abcdef")]
    [InlineData("zz23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("AAAA")]
    public void What_is_no_key_is_refused_and_not_repeated(string text)
    {
        Assert.False(SealingKeyFile.TryParse(Encoding.UTF8.GetBytes(text), out _, out var problem));
        Assert.NotEmpty(problem);
        Assert.True(text.Length == 0 || !problem.Contains(text.Trim()));
        Assert.DoesNotContain(Convert.ToHexStringLower(Old), new SealingKey(Old).ToString());
    }

    [Fact]
    public void A_key_that_left_opens_for_one_lifetime_more_and_is_zeroed_then()
    {
        var time = new FakeTimeProvider();
        using var ring = Ring(time);
        var seal = new SessionSeal(ring, new SystemEntropy());
        ring.Replace([new(Old)]);
        var kept = ring.First!;
        var box = seal.Seal(Id, Key);
        ring.Replace([new(New), new(Old)]);
        Assert.Same(kept, ring.Find(kept.Name));
        ring.Replace([new(New)]);
        time.Advance(Lifetime - TimeSpan.FromSeconds(1));
        Assert.Equal(Key, seal.Open(Id, box));
        ring.Replace([new(New)]);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(seal.Open(Id, box));
        Assert.Throws<ObjectDisposedException>(kept.MakeCipher);
        Assert.Equal(Key, seal.Open(Id, seal.Seal(Id, Key)));
    }

    [Fact]
    public void A_key_that_comes_back_stays()
    {
        var time = new FakeTimeProvider();
        using var ring = Ring(time);
        var seal = new SessionSeal(ring, new SystemEntropy());
        ring.Replace([new(Old)]);
        ring.Replace([new(New)]);
        ring.Replace([new(Old)]);
        time.Advance(2 * Lifetime);
        Assert.Equal(Key, seal.Open(Id, seal.Seal(Id, Key)));
        Assert.Null(ring.Find(new SealingKey(New).Name));
    }

    private static SealingKeyRing Ring(TimeProvider time) =>
        new(new SessionsSettings(Lifetime, 10, null, 10), time, NullLogger<SealingKeyRing>.Instance);

    private static SessionSeal Seal(params byte[][] keys)
    {
        var ring = Ring(TimeProvider.System);
        ring.Replace([.. keys.Select(key => new SealingKey(key))]);
        return new(ring, new SystemEntropy());
    }
}
