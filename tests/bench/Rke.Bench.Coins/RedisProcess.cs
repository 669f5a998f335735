using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Rke.Dns;
using Rke.Gateway.Background;
using Rke.Gateway.Coins;
using Rke.Gateway.Redis;
using Rke.UdpBridge;
using StackExchange.Redis;

namespace Rke.Bench.Coins;

/// <summary>A redis-server, and the state of coins in it.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConnectionMultiplexer _multiplexer;
    private readonly RedisCircuit _circuit;
    private readonly RedisRecovery _recovery;

    private RedisProcess(Process process, ConnectionMultiplexer multiplexer, RedisOptions options)
    {
        (_process, _multiplexer) = (process, multiplexer);
        _circuit = new(Options.Create(options), multiplexer, TimeProvider.System, NullLogger<RedisCircuit>.Instance);
        var retries = new RedisRetryQueue(_circuit, TimeProvider.System);
        var held = new RedisHeldCoins(_circuit, [], TimeProvider.System);
        Coins = new RedisCoinState(_circuit, held, retries, new SystemEntropy());
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var failures = new BackgroundFailures(TimeProvider.System, meters, NullLogger<BackgroundFailures>.Instance);
        _recovery = new(_circuit, multiplexer, retries, held, failures, TimeProvider.System);
    }

    public ICoinState Coins { get; }

    public static async Task<RedisProcess> StartAsync()
    {
        var port = FreePort();
        var process = Process.Start(new ProcessStartInfo(
            "redis-server",
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning", "--logfile", "/dev/null"])
        {
            // The server must not keep the output of this process open.
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => KillIfRunning(process);
        await UntilListeningAsync(port);
        var options = new RedisOptions
        {
            Endpoints = [new HostEndpoint("127.0.0.1", port)],
            Timeout = TimeSpan.FromSeconds(5),
        };
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(
            RedisClientOptions.Of(options, NullLogger<ConnectionMultiplexer>.Instance, TimeProvider.System));
        var redis = new RedisProcess(process, multiplexer, options);
        await redis._recovery.StartAsync(CancellationToken.None);
        return redis;
    }

    /// <summary>The processor time of the thread that runs the commands, µs.</summary>
    public double ProcessorTime =>
        double.Parse(File.ReadAllText($"/proc/{_process.Id}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1000;

    public async ValueTask DisposeAsync()
    {
        await _recovery.StopAsync(CancellationToken.None);
        _recovery.Dispose();
        _circuit.Dispose();
        await _multiplexer.DisposeAsync();
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    // The first connection of the client must not fail. The client would repeat it only after a pause.
    private static async Task UntilListeningAsync(ushort port)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
                return;
            }
            catch (SocketException)
            {
                await pause.WaitForNextTickAsync(patience.Token);
            }
        }
    }

    // A benchmark that fails does not dispose of its server.
    private static void KillIfRunning(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
        }
    }

    private static ushort FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (ushort)((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
