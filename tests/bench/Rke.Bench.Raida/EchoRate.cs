using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Rke.Raida.Coins;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Bench.Raida;

/// <summary>
/// Echoes a second over loopback: one server, and clients in the same process, so that both share the cores. Each
/// client keeps a window of requests under way; what is lost is replaced after a while.
/// </summary>
internal static class EchoRate
{
    private const int Promise = 50_000;
    private const int Clients = 2;
    private const int Window = 64;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    public static bool Measure()
    {
        using var cipher = new CoinCipher(default);
        return Measure("unencrypted", null) & Measure("encrypted", cipher);
    }

    private static bool Measure(string what, CoinCipher? cipher)
    {
        var coins = new NetworkCoins();
        var coin = new CoinId(1, 1);
        coins[0].Add(coin, default);
        var host = KeyServerHost.StartAsync(new() { Numbers = [0] }, coins).GetAwaiter().GetResult();
        var request = new byte[RequestFrame.Overhead];
        var address = new RequestAddress(WireProfile.Rke, 6, 0, coin);
        RequestFrame.Write(request, address, new(1), Challenge.Create(new byte[12]), default(EchoPayload), cipher);

        var answered = new long[Clients];
        var stop = false;
        var threads = Enumerable.Range(0, Clients).Select(client => new Thread(() =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(new IPEndPoint(IPAddress.Loopback, host.EndPoints[0].Port));
            socket.ReceiveTimeout = 100;
            var answer = new byte[64];
            while (!Volatile.Read(ref stop))
            {
                for (var sent = 0; sent < Window; sent++)
                {
                    socket.Send(request);
                }

                try
                {
                    for (var received = 0; received < Window; received++)
                    {
                        socket.Receive(answer);
                        answered[client]++;
                    }
                }
                catch (SocketException failure) when (failure.SocketErrorCode == SocketError.TimedOut)
                {
                    // Lost: the next window follows.
                }
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        Thread.Sleep(WarmUp);
        var allocated = GC.GetTotalAllocatedBytes();
        var before = answered.Sum();
        var watch = Stopwatch.StartNew();
        Thread.Sleep(Duration);
        var rate = (answered.Sum() - before) / watch.Elapsed.TotalSeconds;
        var bytes = (double)(GC.GetTotalAllocatedBytes() - allocated) / (answered.Sum() - before);
        Volatile.Write(ref stop, true);
        threads.ForEach(thread => thread.Join());
        host.DisposeAsync().AsTask().Wait();
        Console.WriteLine(
            $"{what} echoes: {rate:N0}/s with {Environment.ProcessorCount} processors, the clients among them; "
            + $"{bytes:N2} bytes allocated each; promised {Promise:N0}/s");
        return rate > Promise;
    }
}
