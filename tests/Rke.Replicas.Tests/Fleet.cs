using System.Collections.Concurrent;
using Grpc.Net.Client;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.V1;

namespace Rke.Replicas.Tests;

/// <summary>
/// Three gateways behind haproxy, with one Redis and real key servers. The clocks of the gateways are 5 seconds slow, correct and 5
/// seconds fast. The test records all events of the key servers and each nonce on the wire.
/// </summary>
internal sealed class Fleet : IAsyncDisposable
{
    public const int Servers = 5;

    private static readonly int[] Skews = [-5, 0, 5];

    private readonly List<NonceTap> _taps = [];
    private readonly List<GrpcChannel> _channels = [];
    private TestNetwork? _network;
    private Haproxy? _proxy;

    public ConcurrentQueue<KeyEvent> History { get; } = new();

    public ConcurrentDictionary<(byte RaidaId, ulong Coin, ulong Nonce), UInt128> Nonces { get; } = new();

    public int NonceRepeats => _taps.Sum(tap => tap.Repeats);

    public List<Replica> Replicas { get; } = [];

    /// <summary>Clients through haproxy with several connections, like several callers.</summary>
    public IReadOnlyList<RkeService.RkeServiceClient> Clients { get; private set; } = [];

    public RkeService.RkeServiceClient Client => Clients[Random.Shared.Next(Clients.Count)];

    public static async Task<Fleet> StartAsync(
        int coins, KeyServerOptions options, Dictionary<string, string?> more, params RedisServerProcess[] redis)
    {
        var fleet = new Fleet();
        fleet._network = await TestNetwork.StartAsync(coins, options with
        {
            RaidaIds = [.. Enumerable.Range(0, Servers).Select(number => (byte)number)],
            History = fleet.History.Enqueue,
        });
        var settings = fleet._network.Settings(options.Profile.ToString().ToLowerInvariant());
        foreach (var (raidaId, endPoint) in fleet._network.Host.EndPoints)
        {
            var tap = new NonceTap(endPoint, fleet.Nonces);
            fleet._taps.Add(tap);
            settings[$"Rke:Networks:0:Servers:{raidaId}"] = tap.EndPoint.ToString();
        }

        settings["Rke:Redis:Endpoints"] = string.Join(',', redis.Select(server => server.Endpoint));
        settings["Logging:LogLevel:Default"] = "Warning";
        foreach (var (key, value) in more)
        {
            settings[key] = value;
        }

        foreach (var skew in Skews)
        {
            fleet.Replicas.Add(new(settings, skew));
        }

        fleet.Replicas.ForEach(replica => replica.Start());
        foreach (var replica in fleet.Replicas)
        {
            await replica.WaitUntilReadyAsync();
        }

        fleet._proxy = await Haproxy.StartAsync(fleet.Replicas);
        for (var number = 0; number < 6; number++)
        {
            fleet._channels.Add(GrpcChannel.ForAddress($"http://127.0.0.1:{fleet._proxy.Port}"));
        }

        fleet.Clients = [.. fleet._channels.Select(channel => new RkeService.RkeServiceClient(channel))];
        return fleet;
    }

    public async ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        foreach (var replica in Replicas)
        {
            await replica.DisposeAsync();
        }

        foreach (var tap in _taps)
        {
            await tap.DisposeAsync();
        }

        if (_network is not null)
        {
            await _network.DisposeAsync();
        }
    }
}
