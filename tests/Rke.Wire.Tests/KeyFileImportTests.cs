using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Rke.Wire.Tests;

/// <summary>The key files of other programs. Each test builds the file byte by byte.</summary>
public class KeyFileImportTests
{
    // AN r is 16 bytes of r. PAN r is 16 bytes of 0x80 + r.
    private static readonly byte[] Numbers = [.. Enumerable.Range(0, 400).Select(index => (byte)(index / 16))];
    private static readonly byte[] Proposed = [.. Enumerable.Range(0, 400).Select(index => (byte)(0x80 + (index / 16)))];
    private static readonly CoinId Id = new(-3, 0x01020304);
    private static readonly byte[] CoinHeader = [0, 0, 0xFD, 1, 2, 3, 4];
    private static readonly string Lines = string.Concat(Enumerable.Range(0, 25).Select(raida => $"{Of(raida)}\r\n"));

    [Fact]
    public void Format_8_has_the_numbers_and_the_proposed_numbers()
    {
        byte[] file = [.. Header(8), .. CoinHeader, .. Numbers, .. Proposed];
        AssertRead("coins.bin", file, default, KeyFileFormat.Eight, 0xABCD, hasProposed: true);
        AssertRead("coins.bin", file, new(UsesProposed: true), KeyFileFormat.Eight, 0xABCD, hasProposed: true, first: 0x80);
        AssertRejected("coins.bin", file[..^1], KeyFileError.SizeWrong);
    }

    [Fact]
    public void Format_9_has_proposed_numbers_if_byte_15_is_1_and_the_size_fits()
    {
        var header = Header(9);
        header[15] = 1;
        AssertRead("coins.bin", [.. header, .. CoinHeader, .. Numbers, .. Proposed], default, KeyFileFormat.Nine, 0xABCD, hasProposed: true);
        AssertRead(
            "coins.bin", [.. header, .. CoinHeader, .. Numbers, .. Proposed], new(UsesProposed: true), KeyFileFormat.Nine, 0xABCD, hasProposed: true, first: 0x80);

        // Older programs set other flags.
        AssertRead("coins.bin", [.. header, .. CoinHeader, .. Numbers], default, KeyFileFormat.Nine, 0xABCD);
        AssertRejected("coins.bin", [.. Header(9), .. CoinHeader, .. Numbers, .. Proposed], KeyFileError.SizeWrong);
    }

    [Fact]
    public void Format_B_has_one_seed_after_the_header()
    {
        byte[] seed = Convert.FromHexString("D427AC7B9EF945768E435E");
        byte[] file = [.. Header(11, count: 2), .. seed, 0, 0, 0xFD, 0, 0x9E, 0xF9, 0x45, 0, 0, 0xFD, 0, 0, 0, 1];
        Assert.True(KeyFileImport.TryRead("coins.bin", file, default, out var keyFile, out var error), $"{error}");
        Assert.Equal((KeyFileFormat.B, 0xABCD), (keyFile.Format, keyFile.Network));
        Assert.Equal([new CoinId(-3, 0x009EF945), new CoinId(-3, 1)], keyFile.Coins.Select(coin => coin.Id));

        // The documented numbers of format A.
        Assert.Equal("D9F0CC6D564E8425651BBC6925B0062E", Hex(keyFile.Coins[0][0]));
        using var second = CoinSeed.Create(new(-3, 1), seed);
        using var expected = second.Derive();
        Assert.Equal(expected[24], keyFile.Coins[1][24]);
        AssertRejected("coins.bin", file[..^7], KeyFileError.CountWrong);
        AssertRejected("coins.bin", file[..40], KeyFileError.SizeWrong);
    }

    [Fact]
    public void A_file_of_448_or_440_bytes_has_one_coin_that_the_caller_names()
    {
        byte[] zero = [.. new byte[48], .. Numbers];
        byte[] identity = [.. Enumerable.Repeat((byte)0x55, 40), .. Numbers];
        AssertRead("server.bin", zero, new(7, Id), KeyFileFormat.Zero, 7);
        AssertRead("server.bin", identity, new(7, Id), KeyFileFormat.Identity, 7);
        AssertRejected("server.bin", zero, KeyFileError.CoinUnnamed);
        AssertRejected("server.bin", identity, KeyFileError.CoinUnnamed);
    }

    [Fact]
    public void A_binary_file_of_405_bytes_has_its_coin() =>
        AssertRead("coin", [0xFD, 1, 2, 3, 4, .. Numbers], default, KeyFileFormat.Binary, KeyFileImport.DefaultNetwork);

    [Fact]
    public void A_stack_has_the_coins_of_one_denomination()
    {
        byte[] file = [0xFD, 0, 0, 0, 2, 1, 2, 3, 4, .. Numbers, 0, 0, 0, 9, .. Proposed];
        Assert.True(KeyFileImport.TryRead("coins.stack", file, new(Network: 9), out var keyFile, out _));
        Assert.Equal((KeyFileFormat.Stack, 9), (keyFile.Format, keyFile.Network));
        Assert.Equal([Id, new CoinId(-3, 9)], keyFile.Coins.Select(coin => coin.Id));
        Assert.Equal(Of(0x80 + 24), Hex(keyFile.Coins[1][24]));
        file[4] = 3;
        AssertRejected("coins.stack", file, KeyFileError.FormatUnknown);
        AssertRejected("coins.stack", [0xFD, 0, 0, 0, 2, 1, 2, 3, 4, .. Numbers, 1, 2, 3, 4, .. Numbers], KeyFileError.CoinRepeated);
    }

    [Theory]
    [InlineData("0007FD01020304.key")]
    [InlineData("0007fd01020304.KEY")]
    public void The_name_of_a_QMail_key_has_network_and_coin(string name)
    {
        AssertRead(name, Encoding.ASCII.GetBytes(Lines), default, KeyFileFormat.Lines, 7);
        AssertRead(name, Numbers, default, KeyFileFormat.Numbers, 7);
        AssertRead(name, [.. Enumerable.Repeat((byte)0x55, 32), .. Numbers], default, KeyFileFormat.Numbers, 7);
        AssertRead(name, Numbers, new(Network: 8), KeyFileFormat.Numbers, 8);
    }

    [Fact]
    public void Lines_need_a_named_coin_and_exactly_25_numbers()
    {
        AssertRead("coin.txt", Encoding.ASCII.GetBytes(Lines), new(Coin: Id), KeyFileFormat.Lines, KeyFileImport.DefaultNetwork);
        AssertRead("coin.txt", Encoding.ASCII.GetBytes(Lines.Trim().ToLowerInvariant()), new(Coin: Id), KeyFileFormat.Lines, KeyFileImport.DefaultNetwork);
        AssertRejected("coin.txt", Encoding.ASCII.GetBytes(Lines), KeyFileError.CoinUnnamed);
        AssertRejected("coin.txt", Encoding.ASCII.GetBytes(Lines[..^34]), KeyFileError.TextWrong);
        AssertRejected("coin.txt", Encoding.ASCII.GetBytes(Lines + Of(25)), KeyFileError.TextWrong);
        AssertRejected("coin.txt", Encoding.ASCII.GetBytes(Lines.Replace("0505", "05x5", StringComparison.Ordinal)), KeyFileError.TextWrong);
    }

    [Fact]
    public void Json_has_its_coin()
    {
        var json = $$"""
            { "note": { "a": [1] }, "ans": [{{string.Join(',', Enumerable.Range(0, 25).Select(raida => $"\"{Of(raida)}\""))}}],
              "serial_number": 16909060, "denomination": -3 }
            """;
        AssertRead("coin.json", Encoding.UTF8.GetBytes(json), default, KeyFileFormat.Json, KeyFileImport.DefaultNetwork);
        foreach (var wrong in new[]
        {
            "{", "{}", "[1]", json[..^2],
            json.Replace("-3", "-129", StringComparison.Ordinal),
            json.Replace("16909060", "4294967296", StringComparison.Ordinal),
            json.Replace($"\"{Of(3)}\",", "", StringComparison.Ordinal),
            json.Replace($"\"{Of(3)}\"", "3", StringComparison.Ordinal),
            json.Replace(Of(3), Of(3)[1..], StringComparison.Ordinal),
        })
        {
            Assert.False(KeyFileImport.TryRead("coin.json", Encoding.UTF8.GetBytes(wrong), default, out _, out var error));
            Assert.True(error is KeyFileError.TextWrong or KeyFileError.TooShort or KeyFileError.FormatUnknown, $"{wrong}: {error}");
        }
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(4, 32)]
    public void An_encrypted_file_is_read_with_its_key_only(byte type, int keyLength)
    {
        var key = Enumerable.Range(1, keyLength).Select(value => (byte)value).ToArray();
        byte[] plain = [.. Header(9, count: 2), .. CoinHeader, .. Numbers, 0, 0, 0, 0, 0, 0, 1, .. Proposed];
        var file = Encrypt(plain, type, key, firstBlock: 0);
        AssertRejected("coins.bin", file, KeyFileError.Encrypted);
        Assert.True(KeyFileCipher.IsEncrypted(file));
        Assert.Equal(keyLength, KeyFileCipher.KeyLengthOf(file));
        Assert.Equal(KeyFileDecryption.WrongKeyLength, KeyFileCipher.Decrypt([.. file], key.AsSpan(1)));
        Assert.Equal(KeyFileDecryption.WrongKey, KeyFileCipher.Decrypt([.. file], new byte[keyLength]));

        byte[] decrypted = [.. file];
        Assert.Equal(KeyFileDecryption.Done, KeyFileCipher.Decrypt(decrypted, key));
        Assert.True(KeyFileImport.TryRead("coins.bin", decrypted, default, out var keyFile, out _));
        Assert.Equal([Id, new CoinId(0, 1)], keyFile.Coins.Select(coin => coin.Id));
        Assert.Equal(Of(24), Hex(keyFile.Coins[0][24]));

        // A program with another first counter block.
        Assert.Equal(KeyFileDecryption.Unreadable, KeyFileCipher.Decrypt(Encrypt(plain, type, key, firstBlock: 1), key));
        Assert.Equal(KeyFileDecryption.WrongKeyLength, KeyFileCipher.Decrypt(Encrypt(plain, 2, key, firstBlock: 0), key));
    }

    [Fact]
    public void An_image_and_random_bytes_are_of_an_unknown_format()
    {
        AssertRejected("coin.png", [0x89, 0x50, 0x4E, 0x47, .. new byte[500]], KeyFileError.FormatUnknown);
        AssertRejected("empty", [], KeyFileError.TooShort);
        AssertRejected("short", [9], KeyFileError.TooShort);
    }

    private static byte[] Encrypt(byte[] plain, byte type, byte[] key, ulong firstBlock)
    {
        byte[] file = [.. plain];
        file[5] = type;
        SHA256.HashData(key).AsSpan(0, 7).CopyTo(file.AsSpan(8));
        using var aes = Aes.Create();
        aes.Key = key;
        for (var index = 32; index < file.Length; index++)
        {
            var counter = new byte[16];
            BinaryPrimitives.WriteUInt64BigEndian(counter.AsSpan(8), firstBlock + (ulong)((index - 32) / 16));
            file[index] ^= aes.EncryptEcb(counter, PaddingMode.None)[(index - 32) % 16];
        }

        return file;
    }

    private static byte[] Header(byte format, byte count = 1)
    {
        var header = new byte[32];
        (header[0], header[2], header[3], header[7]) = (format, 0xAB, 0xCD, count);
        return header;
    }

    private static void AssertRead(
        string name, byte[] file, KeyFileHints hints, KeyFileFormat format, ushort network, bool hasProposed = false, int first = 0)
    {
        Assert.True(KeyFileImport.TryRead(name, file, hints, out var keyFile, out var error), $"{error}");
        Assert.Equal((format, network, hasProposed), (keyFile.Format, keyFile.Network, keyFile.HasProposed));
        var coin = Assert.Single(keyFile.Coins);
        Assert.Equal(Id, coin.Id);
        Assert.All(Enumerable.Range(0, 25), raida => Assert.Equal(Of(first + raida), Hex(coin[raida])));
    }

    private static void AssertRejected(string name, byte[] file, KeyFileError expected)
    {
        Assert.False(KeyFileImport.TryRead(name, file, default, out var keyFile, out var error));
        Assert.Null(keyFile);
        Assert.Equal(expected, error);
    }

    private static string Of(int value) => string.Concat(Enumerable.Repeat($"{value:X2}", 16));

    private static string Hex(AuthenticityNumber number)
    {
        var bytes = new byte[16];
        number.CopyTo(bytes);
        return Convert.ToHexString(bytes);
    }
}
