using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Rke.Dns;
using Rke.Gateway.Coins;
using Rke.Gateway.Configuration;
using Rke.Gateway.Networks;
using Rke.Gateway.Targets;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Gateway.Embedded;

/// <summary>
/// A network in this process: 25 key servers on loopback, and new coins. The gateway uses it if no network is configured.
/// </summary>
internal sealed class EmbeddedNetwork : IAsyncDisposable
{
    private const int CoinCount = 64;
    private const uint FirstSerialNumber = 1_000_000;

    private readonly KeyServerHost _host;
    private readonly bool _ownsHost;

    private EmbeddedNetwork(
        KeyServerHost host,
        bool ownsHost,
        IReadOnlyList<LoadedCoin> coins,
        IReadOnlyDictionary<byte, IPEndPoint> servers)
    {
        (_host, _ownsHost) = (host, ownsHost);
        Coins = coins;
        Options = new()
        {
            Id = NetworkOptions.CloudCoin,
            Servers = servers.ToDictionary(
                server => server.Key,
                server => new HostEndpoint(server.Value.Address.ToString(), (ushort)server.Value.Port)),
        };
    }

    /// <summary>The settings of the network.</summary>
    public NetworkOptions Options { get; }

    /// <summary>The addresses of the key servers.</summary>
    public IReadOnlyDictionary<byte, IPEndPoint> Servers => _host.EndPoints;

    /// <summary>The coins of the network. The caller releases them.</summary>
    public IReadOnlyList<LoadedCoin> Coins { get; }

    /// <summary>Configures this network, allows Signals and key servers on loopback, and serves JSON unless a setting forbids it.</summary>
    public void Configure(GatewayOptions options)
    {
        // The transcoder makes generic types at run time, which a native program cannot.
        options.Of<JsonOptions>().Enabled ??= RuntimeFeature.IsDynamicCodeSupported;
        options.Of<NetworksOptions>().Networks = [Options];
        options.Of<TargetsOptions>().Allow.AddRange(
        [
            new(Host: null, new IPNetwork(new IPAddress([127, 0, 0, 0]), 8)),
            new(Host: null, new IPNetwork(IPAddress.IPv6Loopback, 128)),
        ]);
    }

    public static async Task<EmbeddedNetwork> StartAsync() => (await StartAsync(sides: 1))[0];

    /// <summary>One network for each of several gateways: the same key servers, and different coins. The first one stops the servers.</summary>
    public static async Task<IReadOnlyList<EmbeddedNetwork>> StartAsync(int sides)
    {
        var known = new Raida.Coins.NetworkCoins();
        var coins = Enumerable.Range(0, sides).Select(side => MakeCoins((uint)(side * CoinCount), known)).ToArray();
        var host = await KeyServerHost.StartAsync(new KeyServerOptions(), known);
        return [.. coins.Select((own, side) => new EmbeddedNetwork(host, side == 0, own, host.EndPoints))];
    }

    /// <summary>The same network with other addresses of the key servers, such as those of proxies.</summary>
    public EmbeddedNetwork WithServers(IReadOnlyDictionary<byte, IPEndPoint> fronts) => new(_host, _ownsHost, Coins, fronts);

    public ValueTask DisposeAsync() => _ownsHost ? _host.DisposeAsync() : ValueTask.CompletedTask;

    private static List<LoadedCoin> MakeCoins(uint first, Raida.Coins.NetworkCoins known)
    {
        var coins = new List<LoadedCoin>(CoinCount);
        var bytes = GC.AllocateUninitializedArray<byte>(RaidaNetwork.ServerCount * AuthenticityNumber.Length, pinned: true);
        for (var index = 0u; index < CoinCount; index++)
        {
            var id = new CoinId(0, FirstSerialNumber + first + index);
            RandomNumberGenerator.Fill(bytes);
            coins.Add(KeyFileReader.Make(NetworkOptions.CloudCoin, id, bytes));
            for (var raidaId = 0; raidaId < RaidaNetwork.ServerCount; raidaId++)
            {
                known[raidaId].Add(id, AuthenticityNumber.Read(bytes.AsSpan(raidaId * AuthenticityNumber.Length)));
            }
        }

        CryptographicOperations.ZeroMemory(bytes);
        return coins;
    }
}
