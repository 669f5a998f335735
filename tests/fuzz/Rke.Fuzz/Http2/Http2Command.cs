using System.Net;
using System.Net.Sockets;
using Rke.Fuzz.Driving;

namespace Rke.Fuzz.Http2;

/// <summary>
/// Sends generated sequences of frames to the gRPC port of a gateway process. The gateway must not end, must serve other connections, must
/// keep its memory bounded, and must not log errors.
/// </summary>
internal static class Http2Command
{
    public const string Name = "http2";

    private const int Concurrency = 16;
    private const int Round = 100;

    private static readonly TimeSpan ReadTime = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan SendTime = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(FuzzOptions options)
    {
        var started = TimeProvider.System.GetTimestamp();
        await using var gateway = await GatewayUnderTest.StartAsync();
        var connections = 0;
        while (options.Executions is { } limit
            ? connections < limit
            : TimeProvider.System.GetElapsedTime(started) < options.Time)
        {
            var first = connections;
            await Parallel.ForAsync(
                first, first + Round, new ParallelOptions { MaxDegreeOfParallelism = Concurrency },
                async (number, cancellation) => await SendAsync(gateway.Address, CreateSequence(options.Seed, number), cancellation));
            connections += Round;
            if (await gateway.FindProblemAsync() is { } problem)
            {
                Report(options, first, problem);
                return 1;
            }
        }

        Console.WriteLine(
            $"{Name}: {connections} connections, {await gateway.CountCallsAsync()} calls, at most {gateway.PeakMemory} MiB, "
            + $"{gateway.Lines} log lines, no failures "
            + $"({TimeProvider.System.GetElapsedTime(started).TotalSeconds:F1} s)");
        return 0;
    }

    private static byte[] CreateSequence(int seed, int number) => new FrameSequence(new Random(unchecked((seed * 1_000_003) + number))).Create();

    private static void Report(FuzzOptions options, int first, string problem)
    {
        var folder = Path.Combine(options.Folder, Name);
        Directory.CreateDirectory(folder);
        for (var number = first; number < first + Round; number++)
        {
            File.WriteAllBytes(Path.Combine(folder, $"connection-{options.Seed}-{number}"), CreateSequence(options.Seed, number));
        }

        Console.WriteLine($"{Name}: FAILED: {problem}");
        Console.WriteLine($"{Name}: after one of the connections {first} to {first + Round - 1} of seed {options.Seed}: {folder}");
        Console.WriteLine(
            $"{Name}: repeat it with: tests/full/fuzz --executions {first + Round} --seed {options.Seed} {Name}");
    }

    private static async Task SendAsync(Uri address, byte[] bytes, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        sending.CancelAfter(SendTime);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port, sending.Token);
            var reading = DiscardAsync(socket, sending.Token);
            await socket.SendAsync(bytes, sending.Token);
            await Task.WhenAny(reading, WaitAsync(sending.Token));

            // An odd number of bytes closes the connection with a reset.
            socket.LingerState = new(bytes.Length % 2 == 1, 0);
            await sending.CancelAsync();
            await reading;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The gateway closes connections with errors, and does not read from all of them.
        }
    }

    private static async Task DiscardAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, cancellationToken) > 0)
        {
        }
    }

    private static async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ReadTime);
        await timer.WaitForNextTickAsync(cancellationToken);
    }
}
