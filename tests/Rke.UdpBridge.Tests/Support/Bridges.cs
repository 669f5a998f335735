using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rke.Wire;

namespace Rke.UdpBridge.Tests;

/// <summary>Bridges and requests as tests need them.</summary>
public static class Bridges
{
    /// <summary>Waits that a busy machine does not outlast by chance.</summary>
    public static UdpBridgeOptions Calm => Quick with
    {
        InitialRetransmission = TimeSpan.FromMilliseconds(300),
        MinRetransmission = TimeSpan.FromMilliseconds(300),
        MaxRetransmission = TimeSpan.FromMilliseconds(300),
    };

    /// <summary>Short waits, for tests of silence.</summary>
    public static UdpBridgeOptions Quick => new()
    {
        InitialRetransmission = TimeSpan.FromMilliseconds(30),
        MinRetransmission = TimeSpan.FromMilliseconds(30),
        MaxRetransmission = TimeSpan.FromMilliseconds(250),
        MinProbeInterval = TimeSpan.FromMilliseconds(50),
        MaxProbeInterval = TimeSpan.FromMilliseconds(200),
    };

    public static UdpBridge Create(
        UdpBridgeOptions? options = null,
        TimeProvider? time = null,
        IEntropySource? entropy = null,
        ILogger<UdpBridge>? logger = null,
        IMeterFactory? meters = null) =>
        new(
            options ?? Calm,
            time ?? TimeProvider.System,
            entropy ?? new SeededEntropy(1),
            logger ?? NullLogger<UdpBridge>.Instance,
            meters);

    public static ValueTask<Exchange> EchoAsync(
        this ServerLink link,
        TimeSpan? wait = null,
        TimeProvider? time = null,
        CancellationToken? cancellation = null) =>
        link.SendAsync(
            new EchoPayload(),
            null,
            ResponseIv.Same,
            (time ?? TimeProvider.System).GetUtcNow() + (wait ?? TimeSpan.FromSeconds(20)),
            cancellation ?? TestContext.Current.CancellationToken);

    public static ValueTask<Exchange> GetKeyAsync(
        this ServerLink link,
        RequestSeal seal,
        ResponseIv iv = ResponseIv.Same,
        TimeSpan? wait = null,
        TimeProvider? time = null) =>
        link.SendAsync(
            new GetKeyPayload(KeyIdHash.Read(new byte[16])),
            seal,
            iv,
            (time ?? TimeProvider.System).GetUtcNow() + (wait ?? TimeSpan.FromSeconds(20)),
            TestContext.Current.CancellationToken);
}
