using System.Collections.Concurrent;
using System.Net;
using Grpc.Net.Client;
using Rke.Gateway.Embedded;
using Rke.Gateway.Hosting;
using Rke.Gateway.Listening;
using Rke.Gateway.Signals;
using Rke.V1;

namespace Rke.Gateway.Demo;

/// <summary>
/// The servers of the demonstration, in this process, on free ports: one gateway per side, each with its own coins; the key
/// servers of all coins; a name server; and a recording proxy in front of each UDP server.
/// </summary>
internal sealed class DemoEnvironment : IAsyncDisposable
{
    public const string Domain = "receiver.example";

    private const string SignalHost = "signal.receiver.example";

    private readonly List<IAsyncDisposable> _parts = [];
    private readonly List<GrpcChannel> _channels = [];

    /// <summary>All datagrams, in the order of their arrival at the proxies.</summary>
    public ConcurrentQueue<RecordedDatagram> Recorded { get; } = new();

    /// <summary>The key servers behind the proxies.</summary>
    public IReadOnlyDictionary<byte, IPEndPoint> KeyServers { get; private set; } = null!;

    public IPEndPoint NameServer { get; private set; } = null!;

    public Uri InitiatorGateway { get; private set; } = null!;

    public Uri ReceiverGateway { get; private set; } = null!;

    public RkeSessionService.RkeSessionServiceClient Initiator { get; private set; } = null!;

    public SessionReceiver Receiver { get; private set; } = null!;

    public static async Task<DemoEnvironment> StartAsync()
    {
        var environment = new DemoEnvironment();
        var sides = await EmbeddedNetwork.StartAsync(sides: 2);
        environment.KeyServers = sides[0].Servers;
        var proxies = environment.KeyServers.ToDictionary(
            server => server.Key, server => environment.AddProxy(RecordedPath.To(server.Key), server.Value));

        var (receiver, receiverClient) = await environment.StartGatewayAsync(
            sides[1].WithServers(proxies), new("Rke:Signal:Listen", $"{IPAddress.Loopback}:0"));
        environment.ReceiverGateway = receiver.ListeningAddresses().Grpc;
        environment.Receiver = new(receiverClient);
        var signal = environment.AddProxy(RecordedPath.Signal, receiver.Services.GetRequiredService<SignalListener>().EndPoint!);

        var names = environment.Keep(new DemoNameServer(Domain, SignalHost, signal, $"{sides[0].Options.Id}"));
        environment.NameServer = environment.AddProxy(RecordedPath.Names, names.EndPoint);
        var (initiator, initiatorClient) = await environment.StartGatewayAsync(
            sides[0].WithServers(proxies), new("Rke:Dns:Resolver", $"{environment.NameServer}"));
        environment.InitiatorGateway = initiator.ListeningAddresses().Grpc;
        environment.Initiator = initiatorClient;
        return environment;
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

    // Without probes, so that the third party sees the datagrams of the session only.
    private static void Configure(WebApplicationBuilder builder, KeyValuePair<string, string?> setting)
    {
        builder.Configuration.AddInMemoryCollection(
        [
            new("Rke:Grpc:Url", "http://127.0.0.1:0"),
            new("Rke:Http:Url", "http://127.0.0.1:0"),
            new("Rke:Probes:Enabled", "false"),
            setting,
        ]);
        builder.Logging.ClearProviders();
    }

    private IPEndPoint AddProxy(RecordedPath path, IPEndPoint server) => Keep(new RecordingProxy(path, server, Recorded)).EndPoint;

    private TPart Keep<TPart>(TPart part)
        where TPart : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
