using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Grpc.Net.Client;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.V1;

namespace Rke.Replicas.Tests;

/// <summary>
/// Three gateways behind haproxy, one Redis, and key servers that drop, duplicate and reorder datagrams. All parts can restart at
/// their addresses.
/// </summary>
internal sealed class SoakFleet : IAsyncDisposable
{
    public const int Servers = 5;

    private const int Replicated = 3;
    private const int Channels = 6;
    private const int Coins = 1000;
    private const int Tenth = 10;
    private const uint FirstCoin = 1000;

    // Counts the coins of one key server that are occupied in Redis (docs/STATE.md).
    private const string CountOccupied = """
        local time = redis.call('TIME')
        local now, count = time[1] * 1000000 + time[2], 0
        for serial = ARGV[2], ARGV[3] do
          local record = redis.call('GET', 'rke:{6.' .. ARGV[1] .. '}:c:0.' .. string.format('%d', serial))
          if record and tonumber(string.match(record, '^%d+')) > now then count = count + 1 end
        end
        return count
        """;

    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SettlingTime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ComparedTime = TimeSpan.FromMinutes(5);

    private readonly TestNetwork _network = TestNetwork.WithoutServers(
        [.. Enumerable.Range(0, Coins).Select(index => TestNetwork.MakeCoin(FirstCoin + (uint)index))]);

    private readonly NetworkCoins _known = new();
    private readonly int[] _ports = [.. Enumerable.Range(0, Servers).Select(_ => FreePort.Next())];
    private readonly ConcurrentDictionary<int, KeyServerHost> _hosts = new();
    private readonly List<GrpcChannel> _channels = [];
    private readonly HttpClient _http = new();
    private Haproxy? _proxy;
    private int _overwritten;

    private SoakFleet(RedisServerProcess redis) => Redis = redis;

    /// <summary>How long the key servers keep a part.</summary>
    public static TimeSpan KeyLifetime => Scale.SoakKeyLifetime;

    public RedisServerProcess Redis { get; }

    public List<Replica> Replicas { get; } = [];

    /// <summary>Unread parts that a key server overwrote.</summary>
    public int OverwrittenParts => Volatile.Read(ref _overwritten);

    /// <summary>A client of one of several connections, like several callers.</summary>
    public RkeService.RkeServiceClient Client => new(_channels[Random.Shared.Next(Channels)]);

    public static async Task<SoakFleet> StartAsync()
    {
        var fleet = new SoakFleet(await RedisServerProcess.StartAsync());
        foreach (var coin in fleet._network.Coins)
        {
            fleet._known.Add(coin);
        }

        var settings = fleet._network.Settings();
        settings["Rke:Redis:Endpoints"] = fleet.Redis.Endpoint;
        settings["Rke:Networks:0:KeyLifetime"] = $"{KeyLifetime}";
        settings["Rke:Grpc:DrainDelay"] = "00:00:01";
        settings["Logging:LogLevel:Default"] = "Warning";

        // A busy test machine must not count as a slow Redis.
        settings["Rke:Redis:Timeout"] = "00:00:00.500";
        for (var server = 0; server < Servers; server++)
        {
            await fleet.StartKeyServerAsync(server);
            settings[$"Rke:Networks:0:Servers:{server}"] = $"127.0.0.1:{fleet._ports[server]}";
        }

        fleet.Replicas.AddRange(Enumerable.Range(0, Replicated).Select(_ => new Replica(settings)));
        fleet.Replicas.ForEach(replica => replica.Start());
        foreach (var replica in fleet.Replicas)
        {
            await replica.WaitUntilReadyAsync(Scale.SoakStart);
        }

        fleet._proxy = await Haproxy.StartAsync(fleet.Replicas);
        fleet._channels.AddRange(Enumerable.Range(0, Channels)
            .Select(_ => GrpcChannel.ForAddress($"http://127.0.0.1:{fleet._proxy.Port}")));
        return fleet;
    }

    /// <summary>Starts a key server, without parts.</summary>
    public async Task StartKeyServerAsync(int server) => _hosts[server] = await KeyServerHost.StartAsync(
        new()
        {
            RaidaIds = [(byte)server],
            Listen = new(IPAddress.Loopback, _ports[server] - server),
            KeyLifetime = KeyLifetime,
            RequestImpairment = new() { Drop = 0.01, Duplicate = 0.01, Reorder = 0.01 },
            ResponseImpairment = new() { Drop = 0.01, Duplicate = 0.01 },
            Seed = (ulong)server,
            History = entry =>
            {
                if (entry.Kind == KeyEventKind.OverwriteUnread)
                {
                    Interlocked.Increment(ref _overwritten);
                }
            },
        },
        _known);

    /// <summary>Stops a key server. It loses its parts.</summary>
    public async Task StopKeyServerAsync(int server)
    {
        if (_hosts.TryRemove(server, out var host))
        {
            await host.DisposeAsync();
        }
    }

    /// <summary>Replaces the key file: removes a tenth of the coins, and adds the coins that the round before removed.</summary>
    public Task RotateCoinsAsync(int round)
    {
        _network.WriteKeyFile("coins.bin", [.. _network.Coins.Where((_, index) => index % Tenth != round % Tenth)]);
        return Task.CompletedTask;
    }

    /// <summary>Counts the occupied coins in Redis, and the parts on the key servers.</summary>
    public async Task<CoinAccount> CountCoinsAsync(SoakLoad load)
    {
        // The load continues, so the parts are counted first: a coin is occupied before its part is stored.
        var (parts, explained) = (_hosts.Values.Sum(host => host.WaitingKeys), load.Running + load.Unknown);
        var occupied = 0;
        for (var server = 0; server < Servers; server++)
        {
            var answer = await Redis.AskAsync(
                CancellationToken.None, "EVAL", CountOccupied, "0", $"{server}", $"{FirstCoin}", $"{FirstCoin + Coins - 1}");
            occupied += int.Parse(answer.AsSpan(1).Trim(), CultureInfo.InvariantCulture);
        }

        return new(occupied, parts, explained + load.Running);
    }

    /// <summary>Samples the memory of the first replica until it is stopped.</summary>
    public async Task<MemoryUse> SampleMemoryAsync(CancellationToken stop)
    {
        var samples = new List<double>();
        using var timer = new PeriodicTimer(SampleInterval);
        do
        {
            var text = await _http.GetStringAsync(
                new Uri($"http://127.0.0.1:{Replicas[0].HttpPort}/metrics"), CancellationToken.None);
            var line = text.Split('\n').FirstOrDefault(
                line => line.StartsWith("process_resident_memory_bytes", StringComparison.Ordinal))
                ?? throw new InvalidOperationException($"The metric of the memory is missing: {text}");
            samples.Add(double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
        while (!stop.IsCancellationRequested);

        var (settled, window) = ((int)(SettlingTime / SampleInterval), (int)(ComparedTime / SampleInterval));
        double? growth = samples.Count < settled + (2 * window)
            ? null
            : MedianOf(samples[^window..]) / MedianOf(samples[settled..(settled + window)]);
        return new((long)samples.Max(), growth);
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

        for (var server = 0; server < Servers; server++)
        {
            await StopKeyServerAsync(server);
        }

        await Redis.DisposeAsync();
        await _network.DisposeAsync();
        _http.Dispose();
    }

    public override string ToString() => $"{string.Join('\n', Replicas)}\n{_proxy}";

    private static double MedianOf(IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        return sorted[sorted.Length / 2];
    }
}

/// <summary>The occupied coins, and what explains them.</summary>
/// <param name="Occupied">The pairs of coin and key server that are occupied in Redis.</param>
/// <param name="Parts">The parts on the key servers.</param>
/// <param name="Explained">The calls in progress, and the recent calls whose outcome is unknown.</param>
internal sealed record CoinAccount(int Occupied, int Parts, int Explained)
{
    public bool IsBalanced => Occupied <= Parts + Explained;
}

/// <summary>The memory of a replica that was not restarted.</summary>
/// <param name="Maximum">In bytes.</param>
/// <param name="Growth">
/// The median of the last five minutes, divided by the median of the five minutes after the first ten. Null in a run below 20 minutes.
/// </param>
internal sealed record MemoryUse(long Maximum, double? Growth);
