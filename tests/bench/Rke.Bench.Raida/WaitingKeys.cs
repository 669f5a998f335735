using System.Buffers.Binary;
using System.Diagnostics;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Bench.Raida;

/// <summary>
/// The memory of a process that holds 1,000,000 waiting keys: 25 servers, 40,000 coins, a full post frame for each;
/// and then every key is read.
/// </summary>
internal static class WaitingKeys
{
    private const int Coins = 40_000;
    private const long Promise = 1L << 30;
    private static readonly RemoteAddress Source = new(0x7F000001, 50000);

    public static bool Measure()
    {
        var start = GC.GetTotalMemory(forceFullCollection: true);
        var coins = new NetworkCoins();
        for (uint serialNumber = 0; serialNumber < Coins; serialNumber++)
        {
            for (var raida = 0; raida < CoinKeys.ServerCount; raida++)
            {
                coins[raida].Add(new CoinId(1, serialNumber), default);
            }
        }

        var options = new KeyServerOptions { PostLimit = 100 };
        var capacity = new KeyCapacity(options.MaxKeys);
        var servers = options.Numbers
            .Select(number => new KeyServer(number, options, coins[number], capacity, TimeProvider.System))
            .ToList();
        using var cipher = new CoinCipher(default);
        var watch = Stopwatch.StartNew();
        servers.ForEach(server => Run(server, cipher, Post));
        var posts = watch.Elapsed;
        var waiting = capacity.Used;
        var managed = GC.GetTotalMemory(forceFullCollection: true) - start;
        using var process = Process.GetCurrentProcess();
        var (resident, peak) = (process.WorkingSet64, process.PeakWorkingSet64);
        watch.Restart();
        servers.ForEach(server => Run(server, cipher, Get));
        var gets = watch.Elapsed;
        Console.WriteLine(
            $"{waiting:N0} waiting keys: {managed >> 20} MiB managed ({(double)managed / waiting:N0} bytes a key), "
            + $"process {resident >> 20} MiB, at most {peak >> 20} MiB; promised less than {Promise >> 20} MiB");
        Console.WriteLine(
            $"one thread, with the client's half: {waiting / posts.TotalSeconds:N0} posts/s, "
            + $"{waiting / gets.TotalSeconds:N0} gets/s");
        var left = capacity.Used;
        servers.ForEach(server => server.Dispose());
        return waiting == Coins * CoinKeys.ServerCount && left == 0 && peak < Promise;
    }

    private static void Run(
        KeyServer server, CoinCipher cipher, Func<RequestAddress, Nonce, CoinCipher, byte[], int> write)
    {
        var request = new byte[ProfileRules.MaxRequestLength];
        var answer = new byte[ProfileRules.MaxResponseLength];
        for (uint serialNumber = 0; serialNumber < Coins; serialNumber++)
        {
            var address = new RequestAddress(WireProfile.Rke, 6, server.RaidaId, new CoinId(1, serialNumber));
            var length = write(address, new Nonce(serialNumber), cipher, request);
            server.Handle(Source, request.AsSpan(0, length), answer);
            if (answer[2] != ProfileRules.Success(WireProfile.Rke))
            {
                throw new InvalidOperationException(
                    $"Server {server.RaidaId}, coin {serialNumber}: status {answer[2]}.");
            }
        }
    }

    private static int Post(RequestAddress address, Nonce nonce, CoinCipher cipher, byte[] request)
    {
        Span<byte> padding = stackalloc byte[ProfileRules.PaddingLength];
        var id = IdOf(address.Coin);
        PostKeyPayload.TryCreate(WireProfile.Rke, id, 0, padding[..40], padding, out var payload, out _);
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
