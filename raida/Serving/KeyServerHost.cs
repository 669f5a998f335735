using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rke.Raida.Coins;
using Rke.Raida.Keys;

namespace Rke.Raida.Serving;

/// <summary>The key servers of one process on their sockets: one number, several, or all 25.</summary>
public sealed class KeyServerHost : IAsyncDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<byte, IPEndPoint> _endPoints = [];
    private readonly List<KeyServer> _servers = [];
    private readonly List<ServerSocket> _sockets = [];
    private readonly KeyCapacity _capacity;
    private readonly ILogger _logger;
    private readonly ITimer _sweeper;

    private KeyServerHost(KeyCapacity capacity, TimeProvider time, ILogger logger)
    {
        _capacity = capacity;
        _logger = logger;
        _sweeper = time.CreateTimer(
            _ => _servers.ForEach(server => server.Sweep()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Where every number listens.</summary>
    public IReadOnlyDictionary<byte, IPEndPoint> EndPoints => _endPoints;

    /// <summary>How many key parts wait, all servers together.</summary>
    public int WaitingKeys => _capacity.Used;

    /// <summary>Starts key servers; when this returns they listen.</summary>
    /// <param name="options">Checked here: an ArgumentException names what is wrong.</param>
    /// <param name="coins">The coins that each number knows; more may be added later.</param>
    /// <param name="time">The clock; the system's if null.</param>
    /// <param name="logger">Nothing is logged if null.</param>
    /// <exception cref="System.Net.Sockets.SocketException">An address cannot be listened on.</exception>
    public static async Task<KeyServerHost> StartAsync(
        KeyServerOptions options, NetworkCoins coins, TimeProvider? time = null, ILogger? logger = null)
    {
        options.Validate();
        time ??= TimeProvider.System;
        var host = new KeyServerHost(new KeyCapacity(options.MaxKeys), time, logger ?? NullLogger.Instance);
        try
        {
            host.Listen(options, coins, time);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        return host;
    }

    /// <summary>Stops listening, and zeroes every key part.</summary>
    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync();
        foreach (var socket in _sockets)
        {
            await socket.DisposeAsync();
        }

        Log.Stopped(_logger);
    }

    private void Listen(KeyServerOptions options, NetworkCoins coins, TimeProvider time)
    {
        foreach (var number in options.Numbers.Order())
        {
            var port = options.Listen.Port == 0 ? 0 : options.Listen.Port + number;
            var server = new KeyServer(number, options, coins[number], _capacity, time);
            var socket = new ServerSocket(server, new(options.Listen.Address, port), options, time, _logger);
            _servers.Add(server);
            _sockets.Add(socket);
            _endPoints.Add(number, socket.EndPoint);
            Log.Listening(_logger, number, options.Network, socket.EndPoint, options.Profile, coins[number].Count);
            if (coins[number].Count == 0)
            {
                Log.NoCoins(_logger, number);
            }
        }

        if (!options.Requests.IsNone || !options.Answers.IsNone)
        {
            Log.Impaired(_logger, options.Requests.ToString(), options.Answers.ToString(), options.Seed);
        }

        var loops = options.ReceiveLoops ?? (options.Numbers.Count == 1 ? Environment.ProcessorCount : 1);
        _sockets.ForEach(socket => socket.Start(loops));
        _sweeper.Change(SweepInterval, SweepInterval);
    }
}
