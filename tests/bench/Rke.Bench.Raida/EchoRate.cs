using System.Diagnostics;
using Rke.Raida.Coins;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Bench.Raida;

/// <summary>Measures echoes per second over loopback. The server and its clients run in one process and share the cores.</summary>
internal static class EchoRate
{
    private const int Promise = 50_000;
    private const int Clients = 2;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    public static bool Measure()
    {
        using var cipher = new CoinCipher(default);
        return Measure("unencrypted", null) & Measure("encrypted", cipher);
    }

    private static bool Measure(string what, CoinCipher? cipher)
    {
        using var coins = new NetworkCoins();
        var coin = new CoinId(1, 1);
        coins[0].Add(coin, default);
        var host = KeyServerHost.StartAsync(new() { RaidaIds = [0] }, coins).GetAwaiter().GetResult();
        var request = new byte[RequestFrame.Overhead];
        var address = new RequestAddress(WireProfile.Rke, 6, 0, coin);
        RequestFrame.Write(request, address, new(1), Challenge.Create(new byte[12]), default(EchoPayload), cipher);

        var clients = Enumerable.Range(0, Clients).Select(_ => new EchoClient(host.EndPoints[0], request)).ToList();
        Run(clients, WarmUp);
        var allocated = GC.GetTotalAllocatedBytes();
        var watch = Stopwatch.StartNew();
        var answered = Run(clients, Duration);
        var rate = answered / watch.Elapsed.TotalSeconds;
        var bytes = (double)(GC.GetTotalAllocatedBytes() - allocated) / answered;
        clients.ForEach(client => client.Dispose());
        host.DisposeAsync().AsTask().Wait();
        Console.WriteLine(
            $"{what} echoes: {rate:N0}/s on {Environment.ProcessorCount} processors, which also run the clients; "
            + $"{bytes:N2} bytes allocated per echo; limit {Promise:N0}/s");
        return rate > Promise;
    }

    private static long Run(List<EchoClient> clients, TimeSpan duration)
    {
        var answered = new long[clients.Count];
        var threads = clients
            .Select((client, index) => new Thread(() => answered[index] = client.RunFor(duration)))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return answered.Sum();
    }
}
