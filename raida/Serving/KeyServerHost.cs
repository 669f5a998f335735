using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rke.Raida.Coins;
using Rke.Raida.Keys;
using Rke.UdpBridge.Streams;

namespace Rke.Raida.Serving;

/// <summary>Runs the key servers of one process on UDP sockets: one RAIDA id, several, or all 25.</summary>
public sealed class KeyServerHost : IAsyncDisposable
{
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<byte, IPEndPoint> _endPoints = [];
    private readonly List<KeyServer> _servers = [];
    private readonly List<ServerSocket> _sockets = [];
    private readonly List<AccountPort> _accountPorts = [];
    private readonly KeyCapacity _capacity;
    private readonly ILogger _logger;
    private readonly ITimer _expiryTimer;

    private KeyServerHost(KeyCapacity capacity, TimeProvider time, ILogger logger)
    {
        _capacity = capacity;
        _logger = logger;
        _expiryTimer = time.CreateTimer(
            _ => _servers.ForEach(server => server.RemoveExpired()),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>The endpoint of each RAIDA id.</summary>
    public IReadOnlyDictionary<byte, IPEndPoint> EndPoints => _endPoints;

    /// <summary>The number of open connections to the TLS ports of all servers.</summary>
    public int ConnectionCount => _accountPorts.Sum(port => port.ConnectionCount);

    /// <summary>The number of stored key parts of all servers.</summary>
    public int WaitingKeys => _capacity.Used;

    /// <summary>Starts key servers. When this method returns, they listen.</summary>
    /// <param name="options">An ArgumentException names an invalid option.</param>
    /// <param name="coins">The coins of each server. The caller can add coins later.</param>
    /// <param name="time">The clock. Null: the clock of the system.</param>
    /// <param name="logger">Null: no logs.</param>
    /// <exception cref="System.Net.Sockets.SocketException">An address is not available.</exception>
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

    /// <summary>Closes the sockets, and zeroes all key parts.</summary>
    public async ValueTask DisposeAsync()
    {
        await _expiryTimer.DisposeAsync();
        foreach (var port in _accountPorts)
        {
            await port.DisposeAsync();
        }

        foreach (var socket in _sockets)
        {
            await socket.DisposeAsync();
        }

        Log.Stopped(_logger);
    }

    private void Listen(KeyServerOptions options, NetworkCoins coins, TimeProvider time)
    {
        foreach (var raidaId in options.RaidaIds.Order())
        {
            var port = options.Listen.Port == 0 ? 0 : options.Listen.Port + raidaId;
            var server = new KeyServer(raidaId, options, coins[raidaId], _capacity, time);
            var socket = Listen(server, new(options.Listen.Address, port), options, time);
            _servers.Add(server);
            _sockets.Add(socket);
            _endPoints.Add(raidaId, socket.EndPoint);
            Log.Listening(_logger, raidaId, options.Network, socket.EndPoint, options.Profile, coins[raidaId].Count);
            if (coins[raidaId].Count == 0)
            {
                Log.NoCoins(_logger, raidaId);
            }
        }

        if (options.Accounts is { IsFree: true } accounts)
        {
            Log.FreeAccounts(_logger, string.Join(", ", accounts.FreeNetworks));
        }

        if (options.Accounts is { Folder: null } and ({ IsFree: true } or { IsPaid: true }))
        {
            Log.AccountsNotKept(_logger);
        }

        if (options.IsImpaired)
        {
            Log.Impaired(
                _logger, options.RequestImpairment.ToString(), options.ResponseImpairment.ToString(), options.Seed);
        }

        var isOneThread = options.IsBatched || options.RaidaIds.Count > 1;
        var threads = options.ReceiveThreads ?? (isOneThread ? 1 : Environment.ProcessorCount);
        _sockets.ForEach(socket => socket.Start(threads));
        _expiryTimer.Change(ExpiryInterval, ExpiryInterval);
    }

    // The TLS port has the number of the UDP port. A free UDP port can have a TCP port that is in use.
    private ServerSocket Listen(KeyServer server, IPEndPoint listen, KeyServerOptions options, TimeProvider time)
    {
        const int MaxAttempts = 20;
        for (var attempt = 1; ; attempt++)
        {
            var socket = new ServerSocket(server, listen, options, time, _logger);
            if (options.Accounts is not { Certificate: not null } accounts)
            {
                return socket;
            }

            try
            {
                var stream = StreamServer.Bind(socket.EndPoint);
                _accountPorts.Add(new(server, stream, accounts, options.Streams, time, _logger));
                return socket;
            }
            catch (SocketException) when (listen.Port == 0 && attempt < MaxAttempts)
            {
                socket.Close();
            }
            catch
            {
                socket.Close();
                throw;
            }
        }
    }
}
