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

    private EmbeddedNetwork(KeyServerHost host, IReadOnlyList<KeyedCoin> coins, IReadOnlyDictionary<byte, IPEndPoint> servers)
    {
        _host = host;
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

    /// <summary>Its coins; whoever takes them releases them.</summary>
    public IReadOnlyList<KeyedCoin> Coins { get; }

    /// <summary>Callers on this machine try things out: signals and key servers on loopback are allowed.</summary>
    public static TargetsSettings AllowLoopback(TargetsSettings targets) => targets with
    {
        Ranges = [.. targets.Ranges, new(new IPAddress([127, 0, 0, 0]), 8), new(IPAddress.IPv6Loopback, 128)],
    };

    public static async Task<EmbeddedNetwork> StartAsync()
    {
        var coins = new List<KeyedCoin>(CoinCount);
        var known = new Raida.Coins.NetworkCoins();
        var bytes = GC.AllocateUninitializedArray<byte>(ServerCount * AuthenticityNumber.Length, pinned: true);
        for (var index = 0u; index < CoinCount; index++)
        {
            var id = new CoinId(0, FirstSerialNumber + index);
            RandomNumberGenerator.Fill(bytes);
            coins.Add(KeyFileTranslation.Make(NetworkSettings.CloudCoin, id, bytes));
            for (var raidaId = 0; raidaId < ServerCount; raidaId++)
            {
                known[raidaId].Add(id, AuthenticityNumber.Read(bytes.AsSpan(raidaId * AuthenticityNumber.Length)));
            }
        }

        CryptographicOperations.ZeroMemory(bytes);
        var host = await KeyServerHost.StartAsync(new KeyServerOptions { KeyLife = KeyLife }, known);
        return new(host, coins, host.EndPoints);
    }

    /// <summary>The same network, with something in front of every server.</summary>
    public EmbeddedNetwork Behind(Func<byte, IPEndPoint, IPEndPoint> front) => new(
        _host, Coins, _host.EndPoints.ToDictionary(server => server.Key, server => front(server.Key, server.Value)));

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
