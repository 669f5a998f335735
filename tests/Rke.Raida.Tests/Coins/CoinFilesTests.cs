using Rke.Raida.Coins;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Raida.Tests.Coins;

public sealed class CoinFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-raida-");

    [Fact]
    public void Coins_are_created_once_and_loaded_for_every_server()
    {
        var path = CoinFiles.Create(_folder.FullName, 6, 3, new SeededEntropy(1));
        Assert.NotNull(path);
        Assert.Null(CoinFiles.Create(_folder.FullName, 6, 3, new SeededEntropy(2)));
        Assert.True(KeyFile.TryRead(File.ReadAllBytes(path), out var file, out _));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        var coins = new NetworkCoins();
        var (count, errors) = CoinFiles.Load(_folder.FullName, 6, coins);
        Assert.Equal(3, count);
        Assert.Empty(errors);
        foreach (var coin in file.Coins)
        {
            for (var raida = 0; raida < RaidaNetwork.ServerCount; raida++)
            {
                Assert.True(coins[raida].TryFind(coin.Id, out var number));
                Assert.Equal(coin[raida], number);
            }
        }
    }

    [Fact]
    public void A_file_that_cannot_be_written_leaves_nothing()
    {
        var path = Path.Combine(_folder.FullName, "coins.key");
        Assert.Throws<IOException>(() => CoinFiles.WriteNew(path, stream =>
        {
            stream.Write(new byte[100]);
            throw new IOException("No space left on device");
        }));
        Assert.Empty(_folder.GetFileSystemInfos());
        CoinFiles.WriteNew(path, stream => stream.Write([1, 2, 3]));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(path, Assert.Single(_folder.GetFileSystemInfos()).FullName);
    }

    [Fact]
    public void A_file_gets_its_name_when_it_is_complete()
    {
        var path = Path.Combine(_folder.FullName, "coins.key");
        CoinFiles.WriteNew(path, stream =>
        {
            stream.Write(new byte[100]);
            stream.Flush();
            Assert.False(File.Exists(path));
            var draft = Assert.Single(_folder.GetFiles());
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, draft.UnixFileMode);
            }
        });
        Assert.Equal(100, new FileInfo(path).Length);
    }

    [Fact]
    public void A_file_is_never_overwritten()
    {
        var path = Path.Combine(_folder.FullName, "coins.key");
        Assert.Throws<IOException>(() => CoinFiles.WriteNew(path, stream =>
        {
            stream.Write([1, 2, 3]);

            // Another process creates the file.
            File.WriteAllBytes(path, [4]);
        }));
        Assert.Equal([4], File.ReadAllBytes(path));
        Assert.Equal(path, Assert.Single(_folder.GetFileSystemInfos()).FullName);
    }

    [Fact]
    public void A_draft_of_a_process_that_was_killed_is_ignored()
    {
        var path = CoinFiles.Create(_folder.FullName, 6, 5, new SeededEntropy(2))!;
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        var draft = "";
        CoinFiles.WriteNew(path, _ => draft = Directory.GetFiles(_folder.FullName).Single());
        File.Delete(path);
        File.WriteAllBytes(draft, bytes);

        var (count, errors) = CoinFiles.Load(_folder.FullName, 6, new NetworkCoins());
        Assert.Equal(0, count);
        Assert.Empty(errors);
        Assert.Equal(path, CoinFiles.Create(_folder.FullName, 6, 3, new SeededEntropy(1)));
        (count, errors) = CoinFiles.Load(_folder.FullName, 6, new NetworkCoins());
        Assert.Equal(3, count);
        Assert.Empty(errors);
    }

    [Fact]
    public void Loading_skips_invalid_files_and_files_of_other_networks()
    {
        CoinFiles.Create(_folder.FullName, 6, 3, new SeededEntropy(1));
        File.WriteAllBytes(Path.Combine(_folder.FullName, "bad.key"), new byte[33]);
        var coins = new NetworkCoins();
        var (count, errors) = CoinFiles.Load(_folder.FullName, 6, coins);
        Assert.Equal(3, count);
        Assert.Contains("bad.key", Assert.Single(errors));
        Assert.Equal(0, CoinFiles.Load(_folder.FullName, 7, new NetworkCoins()).Coins);
    }

    [Theory]
    [InlineData(UnusableEntry.DanglingLink)]
    [InlineData(UnusableEntry.LinkLoop)]
    [InlineData(UnusableEntry.Fifo)]
    [InlineData(UnusableEntry.LinkToFifo)]
    [InlineData(UnusableEntry.Device)]
    [InlineData(UnusableEntry.HugeFile)]
    [InlineData(UnusableEntry.EmptyFile)]
    [InlineData(UnusableEntry.Folder)]
    public async Task An_entry_that_cannot_be_used_does_not_affect_the_others(UnusableEntry kind)
    {
        CoinFiles.Create(_folder.FullName, 6, 3, new SeededEntropy(1));
        await UnusableEntries.MakeAsync(kind, Path.Combine(_folder.FullName, "bad.key"));
        var (count, errors) = CoinFiles.Load(_folder.FullName, 6, new NetworkCoins());
        Assert.Equal(3, count);
        Assert.Equal(kind != UnusableEntry.Folder, errors.Any(error => error.Contains("bad.key")));
    }

    [Fact]
    public void Dispose_zeroes_every_authenticity_number()
    {
        CoinFiles.Create(_folder.FullName, 6, 1, new SeededEntropy(1));
        var coins = new NetworkCoins();
        CoinFiles.Load(_folder.FullName, 6, coins);
        Assert.True(coins[24].TryFind(new CoinId(1, 1), out var number) && number != default);
        coins.Dispose();
        Assert.True(coins[24].TryFind(new CoinId(1, 1), out number) && number == default);
    }

    [Fact]
    public void A_single_file_can_be_loaded()
    {
        var path = CoinFiles.Create(_folder.FullName, 6, 2, new SeededEntropy(1));
        Assert.Equal(2, CoinFiles.Load(path!, 6, new NetworkCoins()).Coins);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
