using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Bench.UdpBridge;

/// <summary>How many exchanges a second the bridge carries, and what each costs in this process.</summary>
internal static class ExchangeRate
{
    private static readonly TimeSpan Warming = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measuring = TimeSpan.FromSeconds(3);

    public static async Task MeasureAsync(
        BridgeTransport transport, int inFlight, IReadOnlyList<int> ports, CoinCipher coin)
    {
        await using var bridge = new BridgeClient(
            new UdpBridgeOptions { Transport = transport },
            TimeProvider.System,
            new SystemEntropy(),
            NullLogger<BridgeClient>.Instance);
        var links = bridge.Configure(ports.Select(static (port, id) =>
            new ServerAddress(WireProfile.Rke, 6, (byte)id, new(IPAddress.Loopback, port))));
        using var stop = new CancellationTokenSource();
        var done = new long[inFlight];
        var callers = Enumerable.Range(0, inFlight).Select(async index =>
        {
            var nonces = new ProcessNonceSource();
            while (!stop.IsCancellationRequested)
            {
                var seal = new RequestEncryption(new(1, 1), coin, nonces.Next());
                await ExchangeAsync(links[(int)((index + done[index]) % links.Count)], seal);
                done[index]++;
            }
        }).ToArray();
        await ElapseAsync(Warming);
        Report(transport, inFlight, await CountAsync(done), links);
        await stop.CancelAsync();
        await Task.WhenAll(callers);
    }

    private static async Task ExchangeAsync(ServerLink link, RequestEncryption seal)
    {
        var deadline = MonotonicTime.Now(TimeProvider.System) + TimeSpan.FromSeconds(10);
        using var exchange = await link.SendAsync(
            new GetKeyPayload(default), seal, ResponseIv.Same, deadline, CancellationToken.None);
        if (exchange.Outcome != ExchangeOutcome.Answered)
        {
            throw new InvalidOperationException($"An exchange ended as {exchange.Outcome}.");
        }
    }

    private static async Task<(long Done, TimeSpan Time, TimeSpan Processor, long Allocated)> CountAsync(long[] done)
    {
        var (before, processor, allocated) = (done.Sum(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        var watch = Stopwatch.StartNew();
        await ElapseAsync(Measuring);
        return (
            done.Sum() - before,
            watch.Elapsed,
            Environment.CpuUsage.TotalTime - processor,
            GC.GetTotalAllocatedBytes() - allocated);
    }

    private static async Task ElapseAsync(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync();
    }

    private static void Report(
        BridgeTransport transport,
        int inFlight,
        (long Done, TimeSpan Time, TimeSpan Processor, long Allocated) count,
        IReadOnlyList<ServerLink> links) =>
        Console.WriteLine(
            $"{transport,-8} {count.Done / count.Time.TotalSeconds,7:F0}/s with {inFlight} in flight to {links.Count} servers, "
            + $"{count.Processor.TotalMicroseconds / count.Done:F2} us of processor and "
            + $"{count.Allocated / count.Done} bytes for each exchange, "
            + $"{links.Sum(static link => link.Statistics.Retransmitted)} retransmissions");
}
