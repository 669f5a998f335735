using System.Collections.Concurrent;
using System.Net;
using Grpc.Net.Client;
using Rke.Gateway.Embedded;
using Rke.Gateway.Hosting;
using Rke.Gateway.Signalling;
using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>
/// All that the demonstration needs, in this process, on free ports: a gateway a side, each with coins of its own; the
/// key servers that know them all; a name server; and a wiretap before every one that is spoken to over UDP.
/// </summary>
internal sealed class DemoStage : IAsyncDisposable
{
    public const string Domain = "receiver.example";

    private const string SignalHost = "signal.receiver.example";

    private readonly List<IAsyncDisposable> _parts = [];
    private readonly List<GrpcChannel> _channels = [];

    /// <summary>All datagrams, in the order in which they were seen.</summary>
    public ConcurrentQueue<TappedDatagram> Seen { get; } = new();

    /// <summary>The key servers themselves, behind the wiretaps.</summary>
    public IReadOnlyDictionary<byte, IPEndPoint> KeyServers { get; private set; } = null!;

    public IPEndPoint NameServer { get; private set; } = null!;

    public Uri InitiatorGateway { get; private set; } = null!;

    public Uri ReceiverGateway { get; private set; } = null!;

    public RkeSessionService.RkeSessionServiceClient Initiator { get; private set; } = null!;

    public Receiver Receiver { get; private set; } = null!;

    public static async Task<DemoStage> SetUpAsync()
    {
        var stage = new DemoStage();
        var sides = await EmbeddedNetwork.StartAsync(sides: 2);
        stage.KeyServers = sides[0].Servers;
        var tapped = stage.KeyServers.ToDictionary(
            server => server.Key, server => stage.Tap(TappedPath.To(server.Key), server.Value));

        var (receiver, receiverClient) = await stage.StartGatewayAsync(
            sides[1].Behind(tapped), new("Rke:Signal:Listen", $"{IPAddress.Loopback}:0"));
        stage.ReceiverGateway = receiver.ListeningAddresses().Grpc;
        stage.Receiver = new(receiverClient);
        var signal = stage.Tap(TappedPath.Signal, receiver.Services.GetRequiredService<SignalListener>().EndPoint!);

        var names = stage.Keep(new NameServer(Domain, SignalHost, signal, $"{sides[0].Settings.Id}"));
        stage.NameServer = stage.Tap(TappedPath.Names, names.EndPoint);
        var (initiator, initiatorClient) = await stage.StartGatewayAsync(
            sides[0].Behind(tapped), new("Rke:Dns:Resolver", $"{stage.NameServer}"));
        stage.InitiatorGateway = initiator.ListeningAddresses().Grpc;
        stage.Initiator = initiatorClient;
        return stage;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }

        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }
    }

    private async Task<(WebApplication Application, RkeSessionService.RkeSessionServiceClient Client)> StartGatewayAsync(
        EmbeddedNetwork network, KeyValuePair<string, string?> setting)
    {
        var app = Keep(await GatewayApplication.BuildAsync([], builder => Configure(builder, setting), network));
        await app.StartAsync();
        var channel = GrpcChannel.ForAddress(app.ListeningAddresses().Grpc);
        _channels.Add(channel);
        return (app, new(channel));
    }

    private static void Configure(WebApplicationBuilder builder, KeyValuePair<string, string?> setting)
    {
        builder.Configuration.AddInMemoryCollection(
            [new("Rke:Grpc:Url", "http://127.0.0.1:0"), new("Rke:Http:Url", "http://127.0.0.1:0"), setting]);
        builder.Logging.ClearProviders();
    }

    private IPEndPoint Tap(TappedPath path, IPEndPoint server) => Keep(new Wiretap(path, server, Seen)).EndPoint;

    private TPart Keep<TPart>(TPart part)
        where TPart : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
