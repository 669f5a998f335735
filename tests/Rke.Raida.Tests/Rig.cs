using System.Collections.Concurrent;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests;

/// <summary>Server 14 on a real socket, a clock that is moved by hand, and the owners of coins 1/1 to 1/9.</summary>
internal sealed class Rig : IAsyncDisposable
{
    public const byte Number = 14;

    private readonly List<Client> _clients = [];
    private UdpPeer? _peer;
    private KeyServerHost? _host;

    private Rig(WireProfile profile) => Profile = profile;

    public WireProfile Profile { get; }

    public ReadingTime Time { get; } = new();

    public ConcurrentQueue<KeyEvent> History { get; } = new();

    public KeyServerHost Host => _host!;

    public UdpPeer Peer => _peer!;

    public static async Task<Rig> StartAsync(KeyServerOptions? options = null)
    {
        options ??= new();
        var rig = new Rig(options.Profile);
        var coins = new NetworkCoins();
        for (uint serialNumber = 1; serialNumber < 10; serialNumber++)
        {
            var coin = new CoinId(1, serialNumber);
            coins[Number].Add(coin, Client.NumberOf(coin));
        }

        rig._host = await KeyServerHost.StartAsync(
            options with { Numbers = [Number], ReceiveLoops = 1, History = rig.History.Enqueue }, coins, rig.Time);
        rig._peer = new UdpPeer(rig._host.EndPoints[Number]);
        return rig;
    }

    /// <summary>The owner of coin 1/<paramref name="serialNumber"/>.</summary>
    public Client Owner(uint serialNumber = 1)
    {
        var client = new Client(new CoinId(1, serialNumber), Profile, Number);
        _clients.Add(client);
        return client;
    }

    /// <summary>Another socket.</summary>
    public UdpPeer Connect() => new(Host.EndPoints[Number]);

    public async Task<WireStatus> StatusAsync(Asked asked, bool isSigned = true) =>
        asked.StatusOf(await Peer.AskAsync(asked.Datagram), isSigned);

    public async Task<byte[]> PartAsync(Asked asked) => asked.PartOf(await Peer.AskAsync(asked.Datagram));

    /// <summary>Sends what must not be answered, then an Echo: the first answer is the Echo's.</summary>
    public async Task AssertSilenceAsync(params IEnumerable<byte[]> datagrams)
    {
        foreach (var datagram in datagrams)
        {
            Peer.Send(datagram);
        }

        Assert.Equal(WireStatus.Success, await StatusAsync(Owner(9).Echo()));
    }

    public async ValueTask DisposeAsync()
    {
        _peer?.Dispose();
        _clients.ForEach(client => client.Dispose());
        await Host.DisposeAsync();
    }
}
