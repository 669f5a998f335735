using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Rke.UdpBridge;
using Rke.Wire;
using Bridge = Rke.UdpBridge.UdpBridge;

namespace Rke.Bench.UdpBridge;

/// <summary>How many exchanges a second the bridge carries, and what each costs.</summary>
internal static class ExchangeRate
{
    private static readonly TimeSpan Warming = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measuring = TimeSpan.FromSeconds(3);

    public static async Task MeasureAsync(string name, int inFlight, int serverCount, bool isSealed)
    {
        using var coin = new CoinCipher(AuthenticityNumber.Read([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]));
        var servers = Enumerable.Range(0, serverCount).Select(id => new AnsweringServer((byte)id, coin)).ToArray();
        await using var bridge = new Bridge(
            new UdpBridgeOptions(), TimeProvider.System, new SystemEntropy(), NullLogger<Bridge>.Instance);
        var links = bridge.Configure(servers.Select(static server => server.Address));
        using var stop = new CancellationTokenSource();
        var done = new long[inFlight];
        var callers = Enumerable.Range(0, inFlight).Select(async index =>
        {
            var nonces = new ProcessNonceSource();
            while (!stop.IsCancellationRequested)
            {
                await ExchangeAsync(links[index % links.Count], isSealed ? new(new(1, 1), coin, nonces.Next()) : null);
                done[index]++;
            }
        }).ToArray();
        await ElapseAsync(Warming);
        Report(name, inFlight, await CountAsync(done), links);
        await stop.CancelAsync();
        await Task.WhenAll(callers);
        foreach (var server in servers)
        {
            server.Dispose();
        }
    }

    private static async Task ExchangeAsync(ServerLink link, RequestSeal? seal)
    {
        var deadline = DateTimeOffset.UtcNow.AddSeconds(10);
        using var exchange = seal is null
            ? await link.SendAsync(new EchoPayload(), null, ResponseIv.Same, deadline, CancellationToken.None)
            : await link.SendAsync(new GetKeyPayload(default), seal, ResponseIv.Same, deadline, CancellationToken.None);
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
        string name,
        int inFlight,
        (long Done, TimeSpan Time, TimeSpan Processor, long Allocated) count,
        IReadOnlyList<ServerLink> links) =>
        Console.WriteLine(
            $"{name}: {count.Done / count.Time.TotalSeconds:F0}/s with {inFlight} in flight to {links.Count} servers, "
            + $"{count.Processor.TotalMicroseconds / count.Done:F1} us of processor (servers included), "
            + $"{count.Allocated / count.Done} bytes allocated each, "
            + $"{links.Sum(static link => link.Statistics.Retransmitted)} retransmissions");
}
