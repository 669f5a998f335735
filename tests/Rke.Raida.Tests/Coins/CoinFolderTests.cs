using Rke.Raida.Coins;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Raida.Tests.Coins;

public sealed class CoinFolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-raida-");

    [Fact]
    public void Coins_are_made_once_and_read_back_by_every_server()
    {
        var path = CoinFolder.Make(_folder.FullName, 6, 3, new SeededEntropy(1));
        Assert.NotNull(path);
        Assert.Null(CoinFolder.Make(_folder.FullName, 6, 3, new SeededEntropy(2)));
        Assert.True(KeyFile.TryRead(File.ReadAllBytes(path), out var file, out _));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        var coins = new NetworkCoins();
        var (count, refused) = CoinFolder.Load(_folder.FullName, 6, coins);
        Assert.Equal(3, count);
        Assert.Empty(refused);
        foreach (var coin in file.Coins)
        {
            for (var raida = 0; raida < CoinKeys.ServerCount; raida++)
            {
                Assert.True(coins[raida].TryFind(coin.Id, out _, out var number));
                Assert.Equal(coin[raida], number);
            }
        }
    }

    [Fact]
    public void A_bad_file_does_not_take_the_good_ones_down_and_other_networks_are_passed_over()
    {
        CoinFolder.Make(_folder.FullName, 6, 3, new SeededEntropy(1));
        File.WriteAllBytes(Path.Combine(_folder.FullName, "bad.key"), new byte[33]);
        var coins = new NetworkCoins();
        var (count, refused) = CoinFolder.Load(_folder.FullName, 6, coins);
        Assert.Equal(3, count);
        Assert.Contains("bad.key", Assert.Single(refused));
        Assert.Equal(0, CoinFolder.Load(_folder.FullName, 7, new NetworkCoins()).Coins);
    }

    [Fact]
    public void Disposing_zeroes_every_number()
    {
        CoinFolder.Make(_folder.FullName, 6, 1, new SeededEntropy(1));
        var coins = new NetworkCoins();
        CoinFolder.Load(_folder.FullName, 6, coins);
        Assert.True(coins[24].TryFind(new CoinId(1, 1), out _, out var number) && number != default);
        coins.Dispose();
        Assert.True(coins[24].TryFind(new CoinId(1, 1), out _, out number) && number == default);
    }

    [Fact]
    public void A_single_file_can_be_named()
    {
        var path = CoinFolder.Make(_folder.FullName, 6, 2, new SeededEntropy(1));
        Assert.Equal(2, CoinFolder.Load(path!, 6, new NetworkCoins()).Coins);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
