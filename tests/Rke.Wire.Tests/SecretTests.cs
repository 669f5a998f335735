using System.Text.Json;

namespace Rke.Wire.Tests;

/// <summary>Texts and JSON of secrets are redacted.</summary>
public class SecretTests
{
    private static readonly byte[] Bytes = Convert.FromHexString("a1b2c3d4e5f60718293a4b5c6d7e8f90");

    [Fact]
    public void An_authenticity_number_is_redacted()
    {
        var number = AuthenticityNumber.Read(Bytes);
        Assert.Equal("AuthenticityNumber(redacted)", number.ToString());
        Assert.Equal("{}", JsonSerializer.Serialize(number));
        Assert.Equal(0, number.GetHashCode());
        Assert.True(number == AuthenticityNumber.Read(Bytes));
        Assert.True(number != default);
        Assert.True(number.Equals((object)AuthenticityNumber.Read(Bytes)));
        Assert.False(number.Equals(null));
    }

    /// <summary>The comparison has no shortcut for a half, so each bit must count.</summary>
    [Fact]
    public void Authenticity_numbers_that_differ_in_one_bit_are_different()
    {
        for (var bit = 0; bit < 8 * Bytes.Length; bit++)
        {
            var other = Bytes.ToArray();
            other[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(AuthenticityNumber.Read(other) != AuthenticityNumber.Read(Bytes));
        }
    }

    [Fact]
    public void A_cipher_is_redacted()
    {
        using var cipher = new CoinCipher(AuthenticityNumber.Read(Bytes));
        Assert.Equal("""{"Number":{}}""", JsonSerializer.Serialize(cipher));
        Assert.Equal("CoinCipher(redacted)", cipher.ToString());
    }

    [Fact]
    public void A_key_id_is_redacted()
    {
        var id = KeyId.Read(Bytes);
        Assert.Equal("KeyId(redacted)", id.ToString());
        Assert.Equal("{}", JsonSerializer.Serialize(id));
    }

    [Fact]
    public void A_response_header_does_not_print_its_signature()
    {
        var vector = new Vector("rke-echo-0");
        Assert.True(ResponseHeader.TryRead(vector.Hex("response"), out var header));
        Assert.DoesNotContain("Signature", header.ToString());
        Assert.DoesNotContain("Signature", vector.Expected.ToString());
    }
}
