using System.Net;
using System.Security.Cryptography;
using Rke.Raida.Coins;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Testing;

/// <summary>A network of real key servers on loopback, and the folder with the key file of its coins.</summary>
public sealed class TestNetwork : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-keys-");
    private readonly List<CoinKeys> _coins = [];
    private KeyServerHost? _host;

    public const ushort Id = 6;

    public string KeyFolder => _folder.FullName;

    public KeyServerHost Host => _host!;

    /// <summary>The coins that the key servers know.</summary>
    public IReadOnlyList<CoinKeys> Coins => _coins;

    /// <summary>The secrets of the coins. No log may contain them.</summary>
    public IReadOnlyList<byte[]> Secrets => [.. _coins.SelectMany(Numbers)];

    public static async Task<TestNetwork> StartAsync(int coins = 8, KeyServerOptions? options = null)
    {
        var network = new TestNetwork();
        network.AddCoins(1000, coins);
        network.WriteKeyFile("coins.bin", network._coins);
        var known = new NetworkCoins();
        foreach (var coin in network._coins)
        {
            known.Add(coin);
        }

        network._host = await KeyServerHost.StartAsync(options ?? new KeyServerOptions(), known);
        return network;
    }

    /// <summary>Creates coins and a key file without servers.</summary>
    public static TestNetwork WithoutServers(params CoinKeys[] coins)
    {
        var network = new TestNetwork();
        network._coins.AddRange(coins);
        network.WriteKeyFile("coins.bin", network._coins);
        return network;
    }

    /// <summary>A coin with random numbers.</summary>
    public static CoinKeys MakeCoin(uint serialNumber, sbyte denomination = 0)
    {
        var numbers = new byte[CoinKeys.NumbersLength];
        RandomNumberGenerator.Fill(numbers);
        return CoinKeys.Create(new CoinId(denomination, serialNumber), numbers);
    }

    public void WriteKeyFile(string name, IReadOnlyList<CoinKeys> coins, ushort network = Id) =>
        WriteFile(name, KeyFile.WriteFormat9(network, coins));

    /// <summary>Replaces the key file in one step: writes a new file and renames it.</summary>
    public void WriteFile(string name, byte[] bytes)
    {
        var draft = Path.Combine(KeyFolder, "." + name);
        File.WriteAllBytes(draft, bytes);
        File.Move(draft, Path.Combine(KeyFolder, name), overwrite: true);
    }

    /// <summary>The settings of a gateway for this network.</summary>
    public Dictionary<string, string?> Settings(string profile = "rke")
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Rke:Keys:Path"] = KeyFolder,
            ["Rke:Keys:Settle"] = "00:00:00.020",
            ["Rke:Networks:0:Id"] = $"{Id}",
            ["Rke:Networks:0:Profile"] = profile,
        };
        foreach (var (raidaId, endPoint) in _host?.EndPoints ?? new Dictionary<byte, IPEndPoint>())
        {
            settings[$"Rke:Networks:0:Servers:{raidaId}"] = endPoint.ToString();
        }

        return settings;
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private static IEnumerable<byte[]> Numbers(CoinKeys coin) => Enumerable.Range(0, RaidaNetwork.ServerCount).Select(raidaId =>
    {
        var bytes = new byte[AuthenticityNumber.Length];
        coin[raidaId].CopyTo(bytes);
        return bytes;
    });

    private void AddCoins(uint first, int count)
    {
        for (var index = 0u; index < count; index++)
        {
            _coins.Add(MakeCoin(first + index));
        }
    }
}
