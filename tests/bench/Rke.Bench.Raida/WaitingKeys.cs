using System.Buffers.Binary;
using System.Diagnostics;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Bench.Raida;

/// <summary>
/// Measures the memory of a process with 1,000,000 stored keys, and the longest request. One post per coin and server
/// stores the keys, and then one request per key reads them.
/// </summary>
internal static class WaitingKeys
{
    private const int Keys = 1_000_000;
    private const long Promise = 1L << 30;
    private static readonly RemoteAddress Source = new(0x7F000001, 50000);

    /// <param name="serverCount">All 25 servers, or fewer servers with larger tables.</param>
    public static bool Measure(int serverCount = RaidaNetwork.ServerCount)
    {
        var coinCount = Keys / serverCount;
        var start = GC.GetTotalMemory(forceFullCollection: true);
        var coins = new NetworkCoins();
        for (uint serialNumber = 0; serialNumber < coinCount; serialNumber++)
        {
            for (var raidaId = 0; raidaId < serverCount; raidaId++)
            {
                coins[raidaId].Add(new CoinId(1, serialNumber), default);
            }
        }

        var options = new KeyServerOptions { PostLimit = 100 };
        var capacity = new KeyCapacity(options.MaxKeys);
        var servers = options.RaidaIds.Take(serverCount)
            .Select(number => new KeyServer(number, options, coins[number], capacity, TimeProvider.System))
            .ToList();
        using var cipher = new CoinCipher(default);
        var watch = Stopwatch.StartNew();
        var longestPost = servers.Max(server => Run(server, coinCount, cipher, Post));
        var posts = watch.Elapsed;
        var waiting = capacity.Used;
        var managed = GC.GetTotalMemory(forceFullCollection: true) - start;
        using var process = Process.GetCurrentProcess();
        var (resident, peak) = (process.WorkingSet64, process.PeakWorkingSet64);
        watch.Restart();
        var longestGet = servers.Max(server => Run(server, coinCount, cipher, Get));
        var gets = watch.Elapsed;
        Console.WriteLine(
            $"{waiting:N0} keys on {serverCount} servers: {managed >> 20} MiB managed ({(double)managed / waiting:N0} bytes per key), "
            + $"process {resident >> 20} MiB, peak {peak >> 20} MiB; limit {Promise >> 20} MiB");
        Console.WriteLine(
            $"one thread, which also writes the requests: {waiting / posts.TotalSeconds:N0} posts/s, "
            + $"{waiting / gets.TotalSeconds:N0} gets/s");
        Console.WriteLine(
            $"longest request: post {longestPost.TotalMilliseconds:N0} ms, get {longestGet.TotalMilliseconds:N0} ms");
        var left = capacity.Used;
        servers.ForEach(server => server.Dispose());
        return waiting == Keys && left == 0 && peak < Promise;
    }

    private static TimeSpan Run(
        KeyServer server, int coinCount, CoinCipher cipher, Func<RequestAddress, Nonce, CoinCipher, byte[], int> write)
    {
        var request = new byte[ProfileRules.MaxRequestLength];
        var answer = new byte[ProfileRules.MaxResponseLength];
        var longest = TimeSpan.Zero;
        for (uint serialNumber = 0; serialNumber < coinCount; serialNumber++)
        {
            var address = new RequestAddress(WireProfile.Rke, 6, server.RaidaId, new CoinId(1, serialNumber));
            var length = write(address, new Nonce(serialNumber), cipher, request);
            var start = Stopwatch.GetTimestamp();
            server.Handle(Source, request.AsSpan(0, length), answer);
            var elapsed = Stopwatch.GetElapsedTime(start);
            longest = elapsed > longest ? elapsed : longest;
            if (answer[2] != ProfileRules.Success(WireProfile.Rke))
            {
                throw new InvalidOperationException(
                    $"Server {server.RaidaId}, coin {serialNumber}: status {answer[2]}.");
            }
        }

        return longest;
    }

    private static int Post(RequestAddress address, Nonce nonce, CoinCipher cipher, byte[] request)
    {
        Span<byte> padding = stackalloc byte[ProfileRules.PaddingLength];
        var id = IdOf(address.Coin);
        PostKeyPayload.TryCreate(WireProfile.Rke, id, default, 0, padding[..40], padding, out var payload, out _);
        return RequestFrame.Write(request, address, nonce, Challenge.Create(padding), payload, cipher);
    }

    private static int Get(RequestAddress address, Nonce nonce, CoinCipher cipher, byte[] request)
    {
        Span<byte> random = stackalloc byte[Challenge.RandomLength];
        var payload = new GetKeyPayload(IdOf(address.Coin).Hash());
        return RequestFrame.Write(request, address, nonce, Challenge.Create(random), payload, cipher);
    }

    private static KeyId IdOf(CoinId coin)
    {
        Span<byte> id = stackalloc byte[KeyId.Length];
        BinaryPrimitives.WriteUInt32BigEndian(id, coin.SerialNumber);
        return KeyId.Read(id);
    }
}
