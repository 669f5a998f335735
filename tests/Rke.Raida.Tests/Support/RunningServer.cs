using System.Collections.Concurrent;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests.Support;

/// <summary>A key server with RAIDA id 14 on a real socket, with a fake clock, and clients with the coins 1/1 to 1/9.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    public const byte RaidaId = 14;

    private readonly List<TestClient> _clients = [];
    private UdpPeer? _peer;
    private KeyServerHost? _host;

    private RunningServer(WireProfile profile) => Profile = profile;

    public WireProfile Profile { get; }

    public AdvancingTime Time { get; } = new();

    public ConcurrentQueue<KeyEvent> History { get; } = new();

    public KeyServerHost Host => _host!;

    public UdpPeer Peer => _peer!;

    public static async Task<RunningServer> StartAsync(KeyServerOptions? options = null)
    {
        options ??= new();
        var running = new RunningServer(options.Profile);
        var coins = new NetworkCoins();
        for (uint serialNumber = 1; serialNumber < 10; serialNumber++)
        {
            var coin = new CoinId(1, serialNumber);
            coins[RaidaId].Add(coin, TestClient.NumberOf(coin));
        }

        running._host = await KeyServerHost.StartAsync(
            options with { RaidaIds = [RaidaId], ReceiveThreads = 1, History = running.History.Enqueue },
            coins,
            running.Time);
        running._peer = new UdpPeer(running._host.EndPoints[RaidaId]);
        return running;
    }

    /// <summary>A client with coin 1/<paramref name="serialNumber"/>.</summary>
    public TestClient Client(uint serialNumber = 1)
    {
        var client = new TestClient(new CoinId(1, serialNumber), Profile, RaidaId);
        _clients.Add(client);
        return client;
    }

    /// <summary>Opens another client socket.</summary>
    public UdpPeer Connect() => new(Host.EndPoints[RaidaId]);

    public async Task<WireStatus> StatusAsync(TestRequest request, bool isSigned = true) =>
        request.StatusOf(await Peer.ExchangeAsync(request.Datagram), isSigned);

    public async Task<byte[]> PartAsync(TestRequest request) => request.PartOf(await Peer.ExchangeAsync(request.Datagram));

    /// <summary>Asserts that the datagrams get no response: the first response belongs to an Echo that follows them.</summary>
    public async Task AssertNoResponseAsync(params IEnumerable<byte[]> datagrams)
    {
        foreach (var datagram in datagrams)
        {
            Peer.Send(datagram);
        }

        Assert.Equal(WireStatus.Success, await StatusAsync(Client(9).Echo()));
    }

    public async ValueTask DisposeAsync()
    {
        _peer?.Dispose();
        _clients.ForEach(client => client.Dispose());
        await Host.DisposeAsync();
    }
}
