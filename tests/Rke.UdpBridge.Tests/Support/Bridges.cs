using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rke.UdpBridge.Transports;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>Creates bridges over one transport.</summary>
public sealed class Bridges(BridgeTransport transport)
{
    /// <summary>Waits that are long enough for a busy machine.</summary>
    public static UdpBridgeOptions Calm => Quick with
    {
        InitialRetransmission = TimeSpan.FromMilliseconds(300),
        MinRetransmission = TimeSpan.FromMilliseconds(300),
        MaxRetransmission = TimeSpan.FromMilliseconds(300),
    };

    /// <summary>Short waits, for servers that do not respond.</summary>
    public static UdpBridgeOptions Quick => new()
    {
        InitialRetransmission = TimeSpan.FromMilliseconds(30),
        MinRetransmission = TimeSpan.FromMilliseconds(30),
        MaxRetransmission = TimeSpan.FromMilliseconds(250),
        MinProbeInterval = TimeSpan.FromMilliseconds(50),
        MaxProbeInterval = TimeSpan.FromMilliseconds(200),
    };

    public BridgeClient Create(
        UdpBridgeOptions? options = null,
        TimeProvider? time = null,
        IEntropySource? entropy = null,
        ILogger<BridgeClient>? logger = null,
        IMeterFactory? meters = null) =>
        new(
            (options ?? Calm) with { Transport = transport },
            time ?? TimeProvider.System,
            entropy ?? new SeededEntropy(1),
            logger ?? NullLogger<BridgeClient>.Instance,
            meters);

    internal static BridgeClient CreateOver(
        IDatagramTransport transport,
        UdpBridgeOptions? options = null,
        TimeProvider? time = null,
        ILogger<BridgeClient>? logger = null,
        IMeterFactory? meters = null,
        Action<IThreadPoolWorkItem>? schedule = null) =>
        new(
            options ?? Calm,
            time ?? TimeProvider.System,
            new SeededEntropy(1),
            logger ?? NullLogger<BridgeClient>.Instance,
            meters,
            transport,
            schedule);

    internal IDatagramTransport OpenTransport() =>
        TransportSelection.Open(new() { Transport = transport }, NullLogger.Instance);
}

/// <summary>Tests that run over each transport: an abstract class with the tests, and a class for each transport.</summary>
public abstract class TransportTests(BridgeTransport transport)
{
    public Bridges Bridges { get; } = new(transport);
}

/// <summary>Sends requests.</summary>
public static class Requests
{
    public static ValueTask<Exchange> EchoAsync(
        this ServerLink link,
        TimeSpan? wait = null,
        TimeProvider? time = null,
        CancellationToken? cancellation = null) =>
        link.SendAsync(
            new EchoPayload(),
            null,
            ResponseIv.Same,
            MonotonicTime.Now(time ?? TimeProvider.System) + (wait ?? TimeSpan.FromSeconds(20)),
            cancellation ?? TestContext.Current.CancellationToken);

    public static ValueTask<Exchange> GetKeyAsync(
        this ServerLink link,
        RequestEncryption encryption,
        ResponseIv iv = ResponseIv.Same,
        TimeSpan? wait = null,
        TimeProvider? time = null) =>
        link.SendAsync(
            new GetKeyPayload(KeyIdHash.Read(new byte[16])),
            encryption,
            iv,
            MonotonicTime.Now(time ?? TimeProvider.System) + (wait ?? TimeSpan.FromSeconds(20)),
            TestContext.Current.CancellationToken);
}
