using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Rke.Gateway.Signals;
using Rke.Raida.Coins;
using Rke.Raida.Serving;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Tests.Sessions;

/// <summary>
/// An initiator and a receiver that listens for Signals: two gateways with different coins, one network of 25 real key servers, and
/// a client of each gateway.
/// </summary>
internal sealed class SessionPair : IAsyncDisposable
{
    private const int CoinCount = 40;

    private readonly List<IAsyncDisposable> _owned = [];
    private readonly TestNetwork _initiatorKeys;
    private readonly TestNetwork _receiverKeys;

    private SessionPair(TestNetwork initiatorKeys, TestNetwork receiverKeys, KeyServerHost servers)
    {
        (_initiatorKeys, _receiverKeys, Servers) = (initiatorKeys, receiverKeys, servers);
        _owned.AddRange([servers, initiatorKeys, receiverKeys]);
    }

    public KeyServerHost Servers { get; }

    /// <summary>The secrets of the coins of both sides.</summary>
    public IEnumerable<byte[]> Secrets => [.. _initiatorKeys.Secrets, .. _receiverKeys.Secrets];

    public PartHistory History { get; private init; } = null!;

    public RunningGateway Initiator { get; private set; } = null!;

    public RunningGateway Receiver { get; private set; } = null!;

    public RkeSessionService.RkeSessionServiceClient InitiatorClient => new(Initiator.Channel);

    public RkeSessionService.RkeSessionServiceClient ReceiverClient => new(Receiver.Channel);

    /// <summary>The address of the receiver's listener for Signals.</summary>
    public IPEndPoint Listener => Receiver.Services.GetRequiredService<SignalListener>().EndPoint!;

    public Endpoint Target => new() { Host = Listener.Address.ToString(), Port = (uint)Listener.Port };

    public static async Task<SessionPair> StartAsync(
        KeyServerOptions? options = null,
        IReadOnlyDictionary<string, string?>? initiator = null,
        IReadOnlyDictionary<string, string?>? receiver = null,
        Action<WebApplicationBuilder>? configureReceiver = null)
    {
        var (initiatorCoins, receiverCoins) = (MakeCoins(1000), MakeCoins(2000));
        var known = new NetworkCoins();
        foreach (var coin in initiatorCoins.Concat(receiverCoins))
        {
            known.Add(coin);
        }

        var history = new PartHistory();
        var pair = new SessionPair(
            TestNetwork.WithoutServers(initiatorCoins),
            TestNetwork.WithoutServers(receiverCoins),
            await KeyServerHost.StartAsync((options ?? new KeyServerOptions()) with { History = history.Note }, known))
        {
            History = history,
        };
        pair.Initiator = await pair.StartInitiatorAsync(initiator);
        pair.Receiver = await pair.StartGatewayAsync(
            pair._receiverKeys, new() { ["Rke:Signal:Listen"] = "127.0.0.1:0" }, receiver, configureReceiver);
        return pair;
    }

    /// <summary>One more gateway with the initiator's coins.</summary>
    public Task<RunningGateway> StartInitiatorAsync(IReadOnlyDictionary<string, string?>? settings) =>
        StartGatewayAsync(_initiatorKeys, new() { ["Rke:Targets:Allow"] = "127.0.0.1" }, settings, configure: null);

    /// <summary>One more gateway with the receiver's coins.</summary>
    public Task<RunningGateway> StartReceiverAsync(IReadOnlyDictionary<string, string?> settings) =>
        StartGatewayAsync(_receiverKeys, new() { ["Rke:Signal:Listen"] = "127.0.0.1:0" }, settings, configure: null);

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in Enumerable.Reverse(_owned))
        {
            await owned.DisposeAsync();
        }
    }

    private static CoinKeys[] MakeCoins(uint first) =>
        [.. Enumerable.Range(0, CoinCount).Select(n => TestNetwork.MakeCoin(first + (uint)n))];

    private async Task<RunningGateway> StartGatewayAsync(
        TestNetwork keys,
        Dictionary<string, string?> settings,
        IReadOnlyDictionary<string, string?>? more,
        Action<WebApplicationBuilder>? configure)
    {
        var servers = Servers.EndPoints.Select(server =>
            new KeyValuePair<string, string?>($"Rke:Networks:0:Servers:{server.Key}", server.Value.ToString()));
        foreach (var (key, value) in keys.Settings().Concat(servers).Concat(more ?? new Dictionary<string, string?>()))
        {
            settings[key] = value;
        }

        var gateway = await RunningGateway.StartAsync(settings, configure);
        _owned.Add(gateway);
        return gateway;
    }
}
