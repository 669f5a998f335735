using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.Raida.Names;
using Rke.Raida.Serving;
using Rke.UdpBridge;

namespace Rke.Raida.Command;

/// <summary>Serves until it is told to stop.</summary>
internal sealed class ServeRun
{
    /// <summary>The command line was understood, but what it names is not there or not right.</summary>
    public const int CannotStart = 2;

    public required KeyServerOptions Options { get; init; }

    public required IReadOnlyList<string> CoinPaths { get; init; }

    public required int CoinsToMake { get; init; }

    public required FileInfo? Zone { get; init; }

    public required FileInfo? History { get; init; }

    public async Task<int> RunAsync(CancellationToken stop)
    {
        using var logging = LoggerFactory.Create(
            builder => builder.AddSimpleConsole(console => console.SingleLine = true));
        var logger = logging.CreateLogger("Rke.Raida");
        try
        {
            using var history = History is null ? null : new HistoryFile(History.FullName);
            using var coins = LoadCoins(logger);
            var options = Options with { Zone = ReadZone(), History = history is null ? null : history.Write };
            await using var host = await KeyServerHost.StartAsync(options, coins, TimeProvider.System, logger);
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = stop.Register(stopped.SetResult);
            await stopped.Task;
            return 0;
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidDataException or IOException
            or UnauthorizedAccessException or SocketException)
        {
            Log.CannotStart(logger, failure.Message);
            return CannotStart;
        }
    }

    private NetworkCoins LoadCoins(ILogger logger)
    {
        var coins = new NetworkCoins();
        if (CoinsToMake > 0)
        {
            if (CoinPaths.Count == 0)
            {
                throw new ArgumentException(
                    "--make-coins needs --coins FOLDER, where the coins are kept for those who use them.");
            }

            if (CoinFolder.Make(CoinPaths[0], Options.Network, CoinsToMake, new SystemEntropy()) is { } made)
            {
                Log.CoinsMade(logger, CoinsToMake, made);
            }
        }

        foreach (var path in CoinPaths)
        {
            var (count, refused) = CoinFolder.Load(path, Options.Network, coins);
            Log.CoinsLoaded(logger, count, Options.Network, path);
            foreach (var reason in refused)
            {
                Log.KeyFileRefused(logger, reason);
            }
        }

        return coins;
    }

    private Zone ReadZone()
    {
        if (Zone is null)
        {
            return Names.Zone.Empty;
        }

        return Names.Zone.TryParse(File.ReadAllText(Zone.FullName), out var zone, out var error)
            ? zone
            : throw new InvalidDataException($"{Zone}: {error}");
    }
}
