using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Tests.Serving;

/// <summary>Requests that arrive while the server handles another one, with one system call for all and for each.</summary>
public class DatagramLoopTests
{
    // More than one batch.
    private const int Waiting = 150;
    private const int PeerCount = 3;

    [Fact]
    public void Linux_receives_and_sends_batches() =>
        Assert.Equal(OperatingSystem.IsLinux() && Environment.Is64BitProcess, new KeyServerOptions().IsBatched);

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task Every_waiting_request_gets_its_own_response(bool isBatched)
    {
        using var busy = new BusyServer(failing: null);
        await using var host = await busy.StartAsync(isBatched);
        using var peers = new Peers(host, busy);

        var sent = new List<(UdpPeer Peer, TestRequest Request)>();
        for (var number = 0; number < Waiting; number++)
        {
            var peer = peers[number % PeerCount];
            var request = number % 2 == 0 ? busy.Client.Echo() : busy.Client.Get(TestClient.IdOf(number));
            peer.Send(number % 10 == 9 ? [1, 2, 3] : number % 10 == 8 ? [] : request.Datagram);
            if (number % 10 < 8)
            {
                sent.Add((peer, request));
            }
        }

        busy.Continue();

        foreach (var (peer, request) in sent)
        {
            var expected = request.Expected.Command == WireCommand.Echo ? WireStatus.Success : WireStatus.KeyNotFound;
            Assert.Equal(expected, request.StatusOf(await peer.ReceiveAsync()));
        }
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task A_request_that_fails_does_not_stop_the_requests_beside_it(bool isBatched)
    {
        var failing = TestClient.IdOf(3);
        using var busy = new BusyServer(failing.Hash());
        await using var host = await busy.StartAsync(isBatched);
        using var peers = new Peers(host, busy);
        TestRequest[] requests = [busy.Client.Echo(), busy.Client.Post(failing, new byte[4]), busy.Client.Echo()];
        Array.ForEach(requests, request => peers[0].Send(request.Datagram));

        busy.Continue();

        Assert.Equal(WireStatus.Success, requests[0].StatusOf(await peers[0].ReceiveAsync()));
        Assert.Equal(WireStatus.Success, requests[2].StatusOf(await peers[0].ReceiveAsync()));
    }

    /// <summary>Client sockets. The first request of one of them keeps the server busy.</summary>
    private sealed class Peers : IDisposable
    {
        private readonly List<UdpPeer> _peers;

        public Peers(KeyServerHost host, BusyServer busy)
        {
            _peers = [.. Enumerable.Range(0, PeerCount).Select(_ => new UdpPeer(host.EndPoints[RunningServer.RaidaId]))];
            using var first = new UdpPeer(host.EndPoints[RunningServer.RaidaId]);
            first.Send(busy.Client.Post(BusyServer.First, new byte[4]).Datagram);
            busy.AwaitFirst();
        }

        public UdpPeer this[int index] => _peers[index];

        public void Dispose() => _peers.ForEach(peer => peer.Dispose());
    }

    /// <summary>A server whose only thread waits in its first Post Key until <see cref="Continue"/>.</summary>
    private sealed class BusyServer(KeyIdHash? failing) : IDisposable
    {
        public static readonly KeyId First = TestClient.IdOf(1_000_000);

        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

        private readonly SemaphoreSlim _arrived = new(0);
        private readonly SemaphoreSlim _continued = new(0);

        public TestClient Client { get; } = new(new CoinId(1, 1));

        public Task<KeyServerHost> StartAsync(bool isBatched)
        {
            var coins = new NetworkCoins();
            coins[RunningServer.RaidaId].Add(Client.Coin, TestClient.NumberOf(Client.Coin));
            return KeyServerHost.StartAsync(
                new()
                {
                    RaidaIds = [RunningServer.RaidaId],
                    ReceiveThreads = 1,
                    IsBatched = isBatched,
                    History = Handle,
                },
                coins);
        }

        public void AwaitFirst() => Assert.True(_arrived.Wait(Limit, TestContext.Current.CancellationToken));

        public void Continue() => _continued.Release();

        public void Dispose()
        {
            Continue();
            Client.Dispose();
        }

        private void Handle(KeyEvent happened)
        {
            if (happened.Hash == First.Hash() && happened.Kind == KeyEventKind.Post)
            {
                _arrived.Release();
                _continued.Wait(Limit);
            }

            if (happened.Hash == failing)
            {
                throw new InvalidOperationException("This request fails.");
            }
        }
    }
}
