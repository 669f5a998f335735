using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Rke.Gateway.Sessions;
using Rke.Gateway.Sessions.Encryption;
using Rke.UdpBridge;

namespace Rke.Gateway.Tests.Sessions;

public sealed class SessionKeyEncryptionTests
{
    private const string Id = "00112233445566778899aabbccddeeff";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private static readonly byte[] Old = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] New = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(96);

    [Fact]
    public void Decryption_needs_the_same_sealing_key_and_session_id()
    {
        var encryption = WithKeys(Old);
        var encrypted = encryption.Encrypt(Id, Key);
        Assert.Equal(Key, encryption.Decrypt(Id, encrypted));
        Assert.Null(encryption.Decrypt(Id.Replace('0', '1'), encrypted));
        Assert.Null(WithKeys(New).Decrypt(Id, encrypted));
        Assert.NotEqual(encrypted, encryption.Encrypt(Id, Key));
        Assert.Equal(-1, encrypted.AsSpan().IndexOf(Key.AsSpan(0, 4)));
    }

    [Fact]
    public void Changed_or_truncated_data_is_rejected()
    {
        var encryption = WithKeys(Old);
        var encrypted = encryption.Encrypt(Id, Key);
        for (var index = 0; index < encrypted.Length; index++)
        {
            var changed = encrypted.ToArray();
            changed[index] ^= 1;
            Assert.Null(encryption.Decrypt(Id, changed));
            Assert.Null(encryption.Decrypt(Id, encrypted.AsSpan(0, index)));
        }
    }

    [Fact]
    public void Encryption_is_thread_safe()
    {
        var encryption = WithKeys(Old);
        Parallel.For(0, 2000, _ => Assert.Equal(Key, encryption.Decrypt(Id, encryption.Encrypt(Id, Key))));
    }

    [Fact]
    public void After_a_rotation_the_first_key_encrypts_and_all_keys_decrypt()
    {
        var before = WithKeys(Old).Encrypt(Id, Key);
        var rotated = WithKeys(New, Old);
        Assert.Equal(Key, rotated.Decrypt(Id, before));
        Assert.Equal(Key, WithKeys(New).Decrypt(Id, rotated.Encrypt(Id, Key)));
        Assert.Null(WithKeys(Old).Decrypt(Id, rotated.Encrypt(Id, Key)));
    }

    [Fact]
    public void A_file_has_raw_bytes_or_lines_of_hex_or_base64()
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
    public void An_invalid_key_is_rejected_and_not_quoted(string text)
    {
        Assert.False(SealingKeyFile.TryParse(Encoding.UTF8.GetBytes(text), out _, out var problem));
        Assert.NotEmpty(problem);
        Assert.True(text.Length == 0 || !problem.Contains(text.Trim()));
        Assert.DoesNotContain(Convert.ToHexStringLower(Old), new SealingKey(Old).ToString());
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef")]
    [InlineData("9f8e3d1c7b6a5049f8e7d6c5b4a39281")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("CHANGE-ME-CHANGE-ME-CHANGE-ME-CH")]
    [InlineData("correct horse battery staple ok\n")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    [InlineData("f0efeeedecebeae9e8e7e6e5e4e3e2e1e0dfdedddcdbdad9d8d7d6d5d4d3d2d1")]
    [InlineData("9f8e3d1c7b6a5049f8e7d6c5b4a392819f8e3d1c7b6a5049f8e7d6c5b4a39281")]
    [InlineData("Q0hBTkdFLU1FLUNIQU5HRS1NRS1DSEFOR0UtTUUtQ0g=")]
    public void Text_and_patterns_are_not_accepted_as_a_key(string text)
    {
        Refuse(Encoding.UTF8.GetBytes(text));
        Refuse(Encoding.UTF8.GetBytes($"{Convert.ToHexString(New)}\n{text}"));
        if (text.Length == 64)
        {
            Refuse(Convert.FromHexString(text));
        }

        void Refuse(byte[] file)
        {
            Assert.False(SealingKeyFile.TryParse(file, out var keys, out var problem));
            Assert.Empty(keys);
            Assert.Contains("openssl rand -hex 32", problem, StringComparison.Ordinal);
            Assert.DoesNotContain(text.Trim(), problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Random_keys_are_accepted()
    {
        for (var count = 0; count < 10_000; count++)
        {
            var key = RandomNumberGenerator.GetBytes(32);
            Assert.True(SealingKeyFile.TryParse(key, out var keys, out _), Convert.ToHexString(key));
            keys[0].Dispose();
        }
    }

    [Fact]
    public void A_removed_key_decrypts_for_one_lifetime_and_one_lease_and_is_then_cleared()
    {
        var time = new FakeTimeProvider();
        using var ring = Ring(time);
        var encryption = new SessionKeyEncryption(ring, new SystemEntropy());
        ring.Replace([new(Old)]);
        var kept = ring.Current!;
        var encrypted = encryption.Encrypt(Id, Key);
        ring.Replace([new(New), new(Old)]);
        Assert.Same(kept, ring.Find(kept.Name));
        ring.Replace([new(New)]);
        time.Advance(Lifetime + new SessionsOptions().Lease - TimeSpan.FromSeconds(1));
        Assert.Equal(Key, encryption.Decrypt(Id, encrypted));
        ring.Replace([new(New)]);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(encryption.Decrypt(Id, encrypted));
        Assert.Throws<ObjectDisposedException>(kept.CreateCipher);
        Assert.Equal(Key, encryption.Decrypt(Id, encryption.Encrypt(Id, Key)));
    }

    [Fact]
    public void A_key_that_is_added_again_stays()
    {
        var time = new FakeTimeProvider();
        using var ring = Ring(time);
        var encryption = new SessionKeyEncryption(ring, new SystemEntropy());
        ring.Replace([new(Old)]);
        ring.Replace([new(New)]);
        ring.Replace([new(Old)]);
        time.Advance(2 * Lifetime);
        Assert.Equal(Key, encryption.Decrypt(Id, encryption.Encrypt(Id, Key)));
        Assert.Null(ring.Find(new SealingKey(New).Name));
    }

    private static SealingKeyRing Ring(TimeProvider time) =>
        new(Options.Create(new SessionsOptions { Lifetime = Lifetime }), time, NullLogger<SealingKeyRing>.Instance);

    private static SessionKeyEncryption WithKeys(params byte[][] keys)
    {
        var ring = Ring(TimeProvider.System);
        ring.Replace([.. keys.Select(key => new SealingKey(key))]);
        return new(ring, new SystemEntropy());
    }
}
