using System.Security.Cryptography;
using Grpc.Net.Client;
using Rke.Raida.Names;

namespace Rke.Replicas.Tests;

/// <summary>
/// Three gateways behind haproxy with the recommended configuration, one Redis, and real key servers. A fourth gateway listens for
/// Signals and is never restarted.
/// </summary>
internal sealed class Rollout : IAsyncDisposable
{
    public const string Domain = "receiver.cloudcoin.raida";
    public const int Servers = 7;

    private const int Count = 3;
    private const int Connections = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<GrpcChannel> _channels = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rke-rollout-");
    private RedisServerProcess? _redis;
    private TestNetwork? _network;
    private Replica? _listener;
    private Haproxy? _proxy;

    public List<Replica> Replicas { get; } = [];

    /// <summary>Clients through haproxy with several connections.</summary>
    public IReadOnlyList<GrpcChannel> Channels => _channels;

    /// <param name="drainDelay">The time that a stopping replica still accepts calls.</param>
    public static async Task<Rollout> StartAsync(TimeSpan drainDelay)
    {
        var rollout = new Rollout();
        try
        {
            await rollout.BeginAsync(drainDelay);
            return rollout;
        }
        catch
        {
            await rollout.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops a replica, starts it again, and waits until haproxy sends calls to it.</summary>
    /// <returns>The exit code of the replica.</returns>
    public async Task<int> RestartAsync(Replica replica)
    {
        var code = await replica.TerminateAsync();
        await StartAgainAsync(replica);
        return code;
    }

    /// <summary>Does the same with kill -9.</summary>
    public async Task KillAsync(Replica replica)
    {
        await replica.KillAsync();
        await StartAgainAsync(replica);
    }

    public async ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        IEnumerable<IAsyncDisposable?> owned = [_proxy, .. Replicas, _listener, _network, _redis];
        foreach (var one in owned.OfType<IAsyncDisposable>())
        {
            await one.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    public override string ToString() => string.Join('\n', Replicas);

    private async Task BeginAsync(TimeSpan drainDelay)
    {
        var signals = FreePort.Next();
        Assert.True(Zone.TryParse(
            $"""
            _rke._udp.{Domain}  SRV 127.0.0.1:{signals}
            raida.{Domain}      TXT "6"
            """,
            out var zone,
            out _));
        _redis = await RedisServerProcess.StartAsync();
        _network = await TestNetwork.StartAsync(coins: 200, new()
        {
            RaidaIds = [.. Enumerable.Range(0, Servers).Select(number => (byte)number)],
            Zone = zone,

            // Delays, so that calls are in flight when a replica stops.
            ResponseImpairment = new() { Jitter = TimeSpan.FromMilliseconds(40) },
        });
        var settings = Settings(drainDelay);
        Replicas.AddRange(Enumerable.Range(0, Count).Select(_ => new Replica(settings)));
        _listener = new(new Dictionary<string, string?>(settings)
        {
            ["Rke:Signal:Listen"] = $"127.0.0.1:{signals}",
            ["Rke:Signal:SourceRate"] = "100000",
            ["Rke:Signal:SourceBurst"] = "100000",
        });
        foreach (var replica in (IEnumerable<Replica>)[.. Replicas, _listener])
        {
            replica.Start();
        }

        foreach (var replica in (IEnumerable<Replica>)[.. Replicas, _listener])
        {
            await replica.WaitUntilReadyAsync(Patience);
        }

        _proxy = await RecommendedProxy.StartAsync(Replicas);
        for (var number = 0; number < Connections; number++)
        {
            _channels.Add(GrpcChannel.ForAddress($"http://127.0.0.1:{_proxy.Port}"));
        }
    }

    private Dictionary<string, string?> Settings(TimeSpan drainDelay)
    {
        var sealing = Path.Combine(_folder.FullName, "sealing-key");
        File.WriteAllText(sealing, RandomNumberGenerator.GetHexString(64));
        return new(_network!.Settings(), StringComparer.Ordinal)
        {
            ["Rke:Redis:Endpoints"] = _redis!.Endpoint,
            ["Rke:Sessions:SealingKey"] = sealing,
            ["Rke:Targets:Allow"] = "127.0.0.1",
            ["Rke:Grpc:DrainDelay"] = $"{drainDelay}",
            ["Logging:LogLevel:Default"] = "Warning",

            // A busy test machine must not open the breaker or count as a slow Redis.
            ["Rke:Grpc:DefaultDeadline"] = "00:00:30",
            ["Rke:Redis:Timeout"] = "00:00:02",
        };
    }

    private async Task StartAgainAsync(Replica replica)
    {
        replica.Start();
        await replica.WaitUntilReadyAsync(Patience);
        await _proxy!.UntilAllAreUpAsync(Patience);
    }
}
