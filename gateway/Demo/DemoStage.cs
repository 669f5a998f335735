using System.Collections.Concurrent;
using System.Net;
using Grpc.Net.Client;
using Rke.Gateway.Embedded;
using Rke.Gateway.Hosting;
using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>All that the demonstration needs, in this process, on free ports: gateway, key servers, wiretaps, DNS, receiver.</summary>
internal sealed class DemoStage : IAsyncDisposable
{
    public const string Domain = "receiver.example";

    private const string SignalHost = "signal.receiver.example";

    private readonly ConcurrentQueue<TappedDatagram> _seen = new();
    private readonly List<IAsyncDisposable> _parts = [];
    private GrpcChannel? _channel;

    public Uri Gateway { get; private set; } = null!;

    public RkeService.RkeServiceClient Client { get; private set; } = null!;

    public Receiver Receiver { get; } = new();

    public IPEndPoint NameServer { get; private set; } = null!;

    public static async Task<DemoStage> SetUpAsync()
    {
        var stage = new DemoStage();
        var network = await EmbeddedNetwork.StartAsync();
        network = network.Behind((raidaId, server) => stage.Keep(new Wiretap(raidaId, server, stage._seen)).EndPoint);
        var names = stage.Keep(new NameServer(Domain, SignalHost, stage.Receiver.EndPoint, $"{network.Settings.Id}"));
        stage.NameServer = names.EndPoint;

        var app = await GatewayApplication.BuildAsync([], builder => Configure(builder, names.EndPoint), network);
        stage.Keep(app);
        await app.StartAsync();
        stage.Gateway = app.ListeningAddresses().Grpc;
        stage._channel = GrpcChannel.ForAddress(stage.Gateway);
        stage.Client = new(stage._channel);
        return stage;
    }

    /// <summary>The datagrams since the last time, by key server.</summary>
    public ILookup<byte, TappedDatagram> TakeSeen()
    {
        var seen = new List<TappedDatagram>();
        while (_seen.TryDequeue(out var datagram))
        {
            seen.Add(datagram);
        }

        return seen.ToLookup(datagram => datagram.RaidaId);
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        await Receiver.DisposeAsync();
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }
    }

    private static void Configure(WebApplicationBuilder builder, IPEndPoint names)
    {
        builder.Configuration.AddInMemoryCollection(
        [
            new("Rke:Grpc:Url", "http://127.0.0.1:0"),
            new("Rke:Http:Url", "http://127.0.0.1:0"),
            new("Rke:Dns:Resolver", names.ToString()),
        ]);
        builder.Logging.ClearProviders();
    }

    private TPart Keep<TPart>(TPart part)
        where TPart : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
