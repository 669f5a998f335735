using System.Net;
using System.Security.Cryptography;
using Rke.Gateway.Configuration;
using Rke.Gateway.Lookup;
using Rke.Gateway.Translation.Keys;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Gateway.Embedded;

/// <summary>
/// A network that lives in this process: 25 key servers on loopback, and coins that nobody else has. What a gateway
/// uses that is configured with none.
/// </summary>
internal sealed class EmbeddedNetwork : IAsyncDisposable
{
    private const int ServerCount = 25;
    private const int CoinCount = 64;
    private const uint FirstSerialNumber = 1_000_000;

    private static readonly TimeSpan KeyLife = TimeSpan.FromMinutes(10);

    private readonly KeyServerHost _host;
    private readonly bool _ownsHost;

    private EmbeddedNetwork(
        KeyServerHost host,
        bool ownsHost,
        IReadOnlyList<KeyedCoin> coins,
        IReadOnlyDictionary<byte, IPEndPoint> servers)
    {
        (_host, _ownsHost) = (host, ownsHost);
        Coins = coins;
        Settings = new(
            NetworkSettings.CloudCoin,
            NetworkSettings.CloudCoinName,
            WireProfile.Rke,
            ResponseIvChoice.Same,
            KeyLife,
            servers.ToDictionary(
                server => server.Key,
                server => new HostEndpoint(server.Value.Address.ToString(), (ushort)server.Value.Port)));
    }

    /// <summary>The network as it would be configured.</summary>
    public NetworkSettings Settings { get; }

    /// <summary>Where the key servers themselves are.</summary>
    public IReadOnlyDictionary<byte, IPEndPoint> Servers => _host.EndPoints;

    /// <summary>Its coins; whoever takes them releases them.</summary>
    public IReadOnlyList<KeyedCoin> Coins { get; }

    /// <summary>Callers on this machine try things out: signals and key servers on loopback are allowed.</summary>
    public static TargetsSettings AllowLoopback(TargetsSettings targets) => targets with
    {
        Ranges = [.. targets.Ranges, new(new IPAddress([127, 0, 0, 0]), 8), new(IPAddress.IPv6Loopback, 128)],
    };

    public static async Task<EmbeddedNetwork> StartAsync() => (await StartAsync(sides: 1))[0];

    /// <summary>The same key servers for several gateways that share no coin; the first one stops the servers.</summary>
    public static async Task<IReadOnlyList<EmbeddedNetwork>> StartAsync(int sides)
    {
        var known = new Raida.Coins.NetworkCoins();
        var coins = Enumerable.Range(0, sides).Select(side => MakeCoins((uint)(side * CoinCount), known)).ToArray();
        var host = await KeyServerHost.StartAsync(new KeyServerOptions { KeyLife = KeyLife }, known);
        return [.. coins.Select((own, side) => new EmbeddedNetwork(host, side == 0, own, host.EndPoints))];
    }

    /// <summary>The same network, with something in front of every server.</summary>
    public EmbeddedNetwork Behind(IReadOnlyDictionary<byte, IPEndPoint> fronts) => new(_host, _ownsHost, Coins, fronts);

    public ValueTask DisposeAsync() => _ownsHost ? _host.DisposeAsync() : ValueTask.CompletedTask;

    private static List<KeyedCoin> MakeCoins(uint first, Raida.Coins.NetworkCoins known)
    {
        var coins = new List<KeyedCoin>(CoinCount);
        var bytes = GC.AllocateUninitializedArray<byte>(ServerCount * AuthenticityNumber.Length, pinned: true);
        for (var index = 0u; index < CoinCount; index++)
        {
            var id = new CoinId(0, FirstSerialNumber + first + index);
            RandomNumberGenerator.Fill(bytes);
            coins.Add(KeyFileTranslation.Make(NetworkSettings.CloudCoin, id, bytes));
            for (var raidaId = 0; raidaId < ServerCount; raidaId++)
            {
                known[raidaId].Add(id, AuthenticityNumber.Read(bytes.AsSpan(raidaId * AuthenticityNumber.Length)));
            }
        }

        CryptographicOperations.ZeroMemory(bytes);
        return coins;
    }
}
