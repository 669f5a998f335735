namespace Rke.Cli.Tests;

public class KeysTests
{
    [Theory]
    [InlineData("9", 32 + (3 * 407))]
    [InlineData("A", 32 + (3 * 21))]
    public async Task Makes_and_shows_a_file(string format, int length)
    {
        using var folder = new TemporaryFolder();
        var file = folder["keys.bin"];
        var run = await Rkectl.RunAsync(
            "keys", "make", file, "--format", format, "--network", "1234", "--coins", "3", "--denomination", "-5", "--first-serial", "1000", "--json");
        Assert.Equal(3, (int)run.Expect(0).OutJson["coins"]!);

        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal(length, bytes.Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.True(Wire.KeyFile.TryRead(bytes, out var keyFile, out _));
        Assert.Equal(1234, keyFile.Network);
        Assert.Equal([new Wire.CoinId(-5, 1000), new(-5, 1001), new(-5, 1002)], keyFile.Coins.Select(coin => coin.Id));
        Assert.Equal(
            75,
            keyFile.Coins.SelectMany(coin => Enumerable.Range(0, 25).Select(raida => Hex(coin[raida]))).Distinct().Count());

        run = await Rkectl.RunAsync("keys", "show", file);
        Assert.Contains("first serial 1000", run.Expect(0).Out);
        Assert.Contains("last serial 1002", run.Out);
        run = await Rkectl.RunAsync("keys", "show", file, "--json");
        var shown = run.Expect(0).OutJson["files"]![0]!;
        Assert.Equal((format, 1234, true), (shown.Text("format"), (int)shown["network"]!, (bool)shown["private"]!));
        Assert.All(
            keyFile.Coins, coin => Assert.DoesNotContain(Hex(coin[0]), run.Out, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task An_existing_file_is_not_overwritten()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("keys.bin", [1, 2, 3]);
        var run = await Rkectl.RunAsync("keys", "make", file);
        Assert.Contains("does not overwrite files", run.Expect(2).Error);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wrong_file_does_not_hide_a_valid_file()
    {
        using var folder = new TemporaryFolder();
        (await Rkectl.RunAsync("keys", "make", folder["good"])).Expect(0);
        var bad = folder.Write("bad", new byte[40]);
        File.SetUnixFileMode(folder["good"], UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var run = await Rkectl.RunAsync("keys", "show", bad, folder["good"]);
        Assert.Contains("network", run.Expect(3).Out);
        Assert.Contains("other users can read it", run.Out);
        Assert.Contains($"'{bad}' is not a RAIDA key file of a known format", run.Error);
    }

    [Theory]
    [InlineData(UnusableEntry.DanglingLink)]
    [InlineData(UnusableEntry.LinkLoop)]
    [InlineData(UnusableEntry.Device)]
    [InlineData(UnusableEntry.HugeFile)]
    [InlineData(UnusableEntry.EmptyFile)]
    [InlineData(UnusableEntry.Folder)]
    public async Task A_file_that_cannot_be_read_does_not_hide_a_valid_file(UnusableEntry kind)
    {
        using var folder = new TemporaryFolder();
        (await Rkectl.RunAsync("keys", "make", folder["good"])).Expect(0);
        await UnusableEntries.MakeAsync(kind, folder["bad"]);
        var run = await Rkectl.RunAsync("keys", "show", folder["bad"], folder["good"]);
        Assert.Contains("network", run.Expect(3).Out);
        Assert.Contains(folder["bad"], run.Error);
        Assert.NotEqual(0, (await Rkectl.RunAsync("keys", "show", folder["bad"])).ExitCode);
    }

    [Theory]
    [InlineData("--coins", "0")]
    [InlineData("--coins", "65536")]
    [InlineData("--coins", "many")]
    [InlineData("--network", "65536")]
    [InlineData("--denomination", "128")]
    [InlineData("--first-serial", "-1")]
    [InlineData("--format", "B")]
    public async Task A_wrong_number_is_a_usage_error(string option, string value)
    {
        using var folder = new TemporaryFolder();
        var run = await Rkectl.RunAsync("keys", "make", folder["keys"], option, value, "--json");
        run.Expect(2);
        Assert.Contains("rkectl keys make --help", run.ErrorJson.Text("advice"));
        Assert.False(File.Exists(folder["keys"]));
    }

    [Fact]
    public async Task Serial_numbers_above_the_maximum_are_rejected()
    {
        using var folder = new TemporaryFolder();
        (await Rkectl.RunAsync("keys", "make", folder["last"], "--coins", "2", "--first-serial", "4294967294")).Expect(0);
        (await Rkectl.RunAsync("keys", "make", folder["past"], "--coins", "3", "--first-serial", "4294967294")).Expect(2);
    }

    private static string Hex(Wire.AuthenticityNumber number)
    {
        var bytes = new byte[16];
        number.CopyTo(bytes);
        return Convert.ToHexString(bytes);
    }
}
