using System.Text.Json;

namespace Rke.Wire.Tests;

public class KeyFileTests
{
    private static readonly CoinId ExampleId = new(-3, 0x009EF945);

    [Fact]
    public void Format_A_derives_the_documented_numbers()
    {
        // For server 0, the text is 00FD009EF945D427AC7B9EF945768E435E.
        using var seed = CoinSeed.Create(ExampleId, Convert.FromHexString("D427AC7B9EF945768E435E"));
        using var keys = seed.Derive();
        Assert.Equal("D9F0CC6D564E8425651BBC6925B0062E", Hex(keys[0]));
        Assert.Equal("E32D6DC6B7A0A3272E2D8444BF9CDE1C", Hex(keys[1]));
    }

    [Fact]
    public void Format_A_is_read_from_its_bytes()
    {
        var file = new byte[32 + 21];
        file[0] = 10;
        file[3] = 6;
        file[7] = 1;
        Convert.FromHexString("0000FD009EF945D427AC7B9EF945768E435EAABBCC").CopyTo(file.AsSpan(32));
        Assert.True(KeyFile.TryRead(file, out var keyFile, out var error));
        Assert.Equal(KeyFileError.None, error);
        Assert.Equal(KeyFileFormat.A, keyFile.Format);
        Assert.Equal(6, keyFile.Network);
        var coin = Assert.Single(keyFile.Coins);
        Assert.Equal(ExampleId, coin.Id);
        Assert.Equal("E32D6DC6B7A0A3272E2D8444BF9CDE1C", Hex(coin[1]));
    }

    [Fact]
    public void Format_9_is_read_from_its_bytes()
    {
        var file = new byte[32 + (2 * 407)];
        file[0] = 9;
        file[1] = 0xEE; // not used
        file[2] = 0xAB;
        file[3] = 0xCD;
        file[7] = 2;
        for (var index = 0; index < 400; index++)
        {
            file[32 + 7 + index] = (byte)(index / 16);
        }

        file[32 + 2] = 0x80;
        file[32 + 407 + 2] = 0x7F;
        file.AsSpan(32 + 407 + 3, 4).Fill(0xFF);
        Assert.True(KeyFile.TryRead(file, out var keyFile, out _));
        Assert.Equal(KeyFileFormat.Nine, keyFile.Format);
        Assert.Equal(0xABCD, keyFile.Network);
        Assert.Equal([new CoinId(-128, 0), new CoinId(127, uint.MaxValue)], keyFile.Coins.Select(coin => coin.Id));
        Assert.All(Enumerable.Range(0, 25), raida =>
            Assert.Equal(string.Concat(Enumerable.Repeat($"{raida:X2}", 16)), Hex(keyFile.Coins[0][raida])));
    }

    [Fact]
    public void Both_formats_round_trip()
    {
        using var first = CoinSeed.Create(new(1, 1000), "first seed."u8);
        using var second = CoinSeed.Create(new(-2, uint.MaxValue), "other seed."u8);
        using var firstKeys = first.Derive();
        using var secondKeys = second.Derive();
        Assert.True(KeyFile.TryRead(KeyFile.WriteFormatA(6, [first, second]), out var derived, out _));
        Assert.True(KeyFile.TryRead(KeyFile.WriteFormat9(6, [firstKeys, secondKeys]), out var stored, out _));
        for (var coin = 0; coin < 2; coin++)
        {
            Assert.Equal(stored.Coins[coin].Id, derived.Coins[coin].Id);
            Assert.All(
                Enumerable.Range(0, 25), raida => Assert.Equal(stored.Coins[coin][raida], derived.Coins[coin][raida]));
        }
    }

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    public void Every_truncated_file_is_rejected(byte format)
    {
        var file = TwoCoins(format);
        for (var length = 0; length < file.Length; length++)
        {
            Assert.False(KeyFile.TryRead(file.AsSpan(0, length), out var keyFile, out var error));
            Assert.Null(keyFile);
            Assert.True(
                error is KeyFileError.TooShort or KeyFileError.SizeWrong or KeyFileError.CountWrong, $"{error}");
        }
    }

    [Theory]
    [InlineData(0, 7, KeyFileError.FormatUnknown)]
    [InlineData(0, 12, KeyFileError.FormatUnknown)]
    [InlineData(0, 8, KeyFileError.SizeWrong)]
    [InlineData(0, 11, KeyFileError.SizeWrong)]
    [InlineData(0, 0, KeyFileError.FormatUnknown)]
    [InlineData(5, 1, KeyFileError.Encrypted)]
    [InlineData(7, 0, KeyFileError.NoCoins)]
    [InlineData(7, 1, KeyFileError.CountWrong)]
    [InlineData(7, 3, KeyFileError.CountWrong)]
    [InlineData(6, 1, KeyFileError.CountWrong)]
    [InlineData(32, 1, KeyFileError.SplitOrShardWrong)]
    [InlineData(33, 1, KeyFileError.SplitOrShardWrong)]
    public void A_wrong_byte_is_rejected_with_its_reason(int offset, byte value, KeyFileError expected)
    {
        foreach (byte format in (byte[])[9, 10])
        {
            var file = TwoCoins(format);
            file[offset] = value;
            Assert.False(KeyFile.TryRead(file, out _, out var error));
            Assert.Equal(expected, error);
        }
    }

    [Fact]
    public void A_duplicate_coin_is_rejected()
    {
        var file = TwoCoins(10);
        file.AsSpan(32, 21).CopyTo(file.AsSpan(32 + 21));
        Assert.False(KeyFile.TryRead(file, out _, out var error));
        Assert.Equal(KeyFileError.CoinRepeated, error);
    }

    [Fact]
    public void Every_error_text_names_the_file_and_ends_with_a_period()
    {
        Assert.All(Enum.GetValues<KeyFileError>(), error =>
        {
            Assert.Contains("'coins.bin'", error.Describe("coins.bin"));
            Assert.EndsWith(".", error.Describe("coins.bin"));
        });
    }

    [Fact]
    public void Authenticity_numbers_are_never_printed_and_cleared_on_dispose()
    {
        using var seed = CoinSeed.Create(ExampleId, "eleven byte"u8);
        var keys = seed.Derive();
        Assert.Equal("CoinKeys(-3/10418501, redacted)", $"{keys}");
        Assert.Equal("CoinSeed(-3/10418501, redacted)", $"{seed}");
        Assert.Equal("""{"Id":{"Denomination":-3,"SerialNumber":10418501}}""", JsonSerializer.Serialize(keys));
        Assert.Equal("""{"Id":{"Denomination":-3,"SerialNumber":10418501}}""", JsonSerializer.Serialize(seed));
        Assert.Throws<ArgumentOutOfRangeException>(() => keys[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => keys[25]);
        keys.Dispose();
        seed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => keys[0]);
        Assert.Throws<ObjectDisposedException>(seed.Derive);
    }

    private static byte[] TwoCoins(byte format)
    {
        using var first = CoinSeed.Create(new(1, 1000), "first seed."u8);
        using var second = CoinSeed.Create(new(1, 1001), "other seed."u8);
        using var firstKeys = first.Derive();
        using var secondKeys = second.Derive();
        return format == 9
            ? KeyFile.WriteFormat9(6, [firstKeys, secondKeys])
            : KeyFile.WriteFormatA(6, [first, second]);
    }

    private static string Hex(AuthenticityNumber number)
    {
        var bytes = new byte[16];
        number.CopyTo(bytes);
        return Convert.ToHexString(bytes);
    }
}
