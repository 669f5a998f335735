using System.Security.Cryptography;
using System.Text;

namespace Rke.Wire.Tests;

public class CipherTests
{
    // The example CTR-AES128 of NIST SP 800-38A, F.5.1. The first half of its counter block is constant, as a nonce is.
    private const string Key = "2b7e151628aed2a6abf7158809cf4f3c";
    private const ulong NonceHalf = 0xf0f1f2f3f4f5f6f7;
    private const ulong CounterHalf = 0xf8f9fafbfcfdfeff;

    private const string Plain =
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

    private const string Sealed =
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
        + "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee";

    [Fact]
    public void Encryption_matches_the_NIST_example()
    {
        using var cipher = new CoinCipher(AuthenticityNumber.Read(Convert.FromHexString(Key)));
        for (var length = 0; length <= Plain.Length / 2; length++)
        {
            var data = Convert.FromHexString(Plain)[..length];
            cipher.Apply(new(NonceHalf), CounterHalf, data);
            Assert.Equal(Sealed[..(length * 2)], Convert.ToHexStringLower(data));
            cipher.Apply(new(NonceHalf), CounterHalf, data);
            Assert.Equal(Plain[..(length * 2)], Convert.ToHexStringLower(data));
        }
    }

    [Fact]
    public void Data_can_be_encrypted_in_pieces()
    {
        using var cipher = new CoinCipher(AuthenticityNumber.Read(Convert.FromHexString(Key)));
        var whole = new byte[1400];
        var pieces = new byte[1400];
        cipher.Apply(new(7), 0, whole);
        for (var offset = 0; offset < pieces.Length; offset += 48)
        {
            cipher.Apply(new(7), (ulong)offset / 16, pieces.AsSpan(offset, Math.Min(48, pieces.Length - offset)));
        }

        Assert.Equal(whole, pieces);
    }

    [Fact]
    public void A_disposed_cipher_throws()
    {
        var cipher = new CoinCipher(AuthenticityNumber.Read(Convert.FromHexString(Key)));
        cipher.Dispose();
        cipher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cipher.Apply(new(1), 0, new byte[1]));
        Assert.Throws<ObjectDisposedException>(() => cipher.Number);
    }

    [Theory]
    [InlineData("000000000000000000000000", "7BD5C66F")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFF", "BB99FF8A")]
    public void A_challenge_ends_with_the_big_endian_CRC_of_its_random_bytes(string random, string crc)
    {
        Span<byte> bytes = stackalloc byte[Challenge.Length];
        Challenge.Create(Convert.FromHexString(random)).CopyTo(bytes);
        Assert.Equal(random + crc, Convert.ToHexString(bytes));
    }

    [Fact]
    public void Hashes_of_key_ids_are_those_of_the_platform()
    {
        var random = new Random(1);
        var id = new byte[KeyId.Length];
        for (var round = 0; round < 10_000; round++)
        {
#pragma warning disable CA5351 // The protocol requires MD5 (docs/WIRE.md §5).
            Assert.Equal(Convert.ToHexStringLower(MD5.HashData(id)), KeyId.Read(id).Hash().ToString());
#pragma warning restore CA5351
            random.NextBytes(id);
        }
    }

    [Fact]
    public void A_key_id_is_hashed_with_md5() =>
        // The test suite of RFC 1321 has no text of 16 bytes. This value is from `printf 'sixteen-byte-id.' | md5sum`.
        Assert.Equal(
            "4e8bf1a04f8885d05d52d024a746679e",
            KeyId.Read(Encoding.ASCII.GetBytes("sixteen-byte-id.")).Hash().ToString());
}
