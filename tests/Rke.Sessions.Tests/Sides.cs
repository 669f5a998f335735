using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using Rke.V1;

namespace Rke.Sessions.Tests;

/// <summary>
/// Two gateway processes with different coins, and one process with their 25 key servers. Relays between them can drop datagrams. Some
/// key servers can be dead: they receive datagrams and never answer. The receiver can have two replicas, which share a Redis and a
/// sealing key.
/// </summary>
internal sealed class Sides : IAsyncDisposable
{
    private const int Servers = 25;
    private const int Coins = 300;

    private readonly List<IAsyncDisposable> _owned = [];
    private readonly List<Socket> _dead = [];
    private readonly List<GrpcChannel> _channels = [];
    private readonly List<LossyRelay> _signalPaths = [];
    private readonly List<RkeSessionService.RkeSessionServiceClient> _receivers = [];

    /// <summary>The channel to the first replica of the receiver.</summary>
    public LossyRelay SignalPath => _signalPaths[0];

    public RkeSessionService.RkeSessionServiceClient Initiator { get; private set; } = null!;

    public RkeSessionService.RkeSessionServiceClient Receiver => _receivers[0];

    public IReadOnlyList<RkeSessionService.RkeSessionServiceClient> Receivers => _receivers;

    public Endpoint Target => Targets[0];

    /// <summary>The addresses at which the replicas of the receiver listen for Signals.</summary>
    public IReadOnlyList<Endpoint> Targets =>
        [.. _signalPaths.Select(path => new Endpoint { Host = $"{path.EndPoint.Address}", Port = (uint)path.EndPoint.Port })];

    /// <param name="loss">The share of dropped datagrams in each direction of each path.</param>
    /// <param name="dead">The number of dead key servers.</param>
    /// <param name="replicas">The settings of each replica of the receiver.</param>
    public static async Task<Sides> StartAsync(double loss, int dead, params Dictionary<string, string?>[] replicas)
    {
        var sides = new Sides();
        var keys = new[] { sides.MakeKeys(1000), sides.MakeKeys(2000) };
        var servers = await sides.StartKeyServersAsync(keys, loss, Servers - dead);
        for (var number = Servers - dead; number < Servers; number++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            sides._dead.Add(socket);
            servers[$"Rke:Networks:0:Servers:{number}"] = $"{socket.LocalEndPoint}";
        }

        foreach (var replica in replicas.Length > 0 ? replicas : [[]])
        {
            // In this test, all Signals come from one source, and many at the same time.
            var (gateway, client) = await sides.StartGatewayAsync(keys[1], servers, new(replica)
            {
                ["Rke:Signal:Listen"] = "127.0.0.1:0",
                ["Rke:Signal:SourceRate"] = "100000",
                ["Rke:Signal:SourceBurst"] = "100000",
            });
            sides._receivers.Add(client);
            var listener = IPEndPoint.Parse(await gateway.SignalListenerAsync());
            sides._signalPaths.Add(sides.Keep(new LossyRelay(listener, loss, seed: 1)));
        }

        (_, sides.Initiator) = await sides.StartGatewayAsync(
            keys[0], servers, new() { ["Rke:Targets:Allow"] = "127.0.0.1" });
        return sides;
    }

    public async ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        foreach (var owned in Enumerable.Reverse(_owned))
        {
            await owned.DisposeAsync();
        }

        _dead.ForEach(socket => socket.Dispose());
    }

    private TestNetwork MakeKeys(uint first) => Keep(TestNetwork.WithoutServers(
        [.. Enumerable.Range(0, Coins).Select(number => TestNetwork.MakeCoin(first + (uint)number))]));

    private async Task<Dictionary<string, string?>> StartKeyServersAsync(TestNetwork[] keys, double loss, int count)
    {
        List<string> arguments = ["--listen", "127.0.0.1:0", "--raida", $"0-{count - 1}", "--seed", "1"];
        arguments.AddRange(keys.SelectMany(side => (string[])["--coins", side.KeyFolder]));
        if (loss > 0)
        {
            arguments.AddRange(["--requests", FormattableString.Invariant($"drop={loss}")]);
            arguments.AddRange(["--answers", FormattableString.Invariant($"drop={loss}")]);
        }

        var process = Keep(ServerProcess.OfRepository("Rke.Raida", arguments));
        var listening = await process.WaitForAsync(@"Key server (?<number>\d+) .* listens on (?<address>[\d.:]+\d) ", count);
        return listening.ToDictionary(
            match => $"Rke:Networks:0:Servers:{match.Groups["number"].Value}", match => (string?)match.Groups["address"].Value);
    }

    private async Task<(GatewayProcess Gateway, RkeSessionService.RkeSessionServiceClient Client)> StartGatewayAsync(
        TestNetwork keys, Dictionary<string, string?> servers, Dictionary<string, string?> more)
    {
        var settings = keys.Settings().Concat(servers).Concat(more);
        var gateway = Keep(await GatewayProcess.StartAsync(settings.Select(setting => $"--{setting.Key}={setting.Value}")));
        var channel = GrpcChannel.ForAddress(gateway.Grpc);
        _channels.Add(channel);
        return (gateway, new(channel));
    }

    private T Keep<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
