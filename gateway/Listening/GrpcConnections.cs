using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Listening;

/// <summary>
/// Limits the number of connections, in total and of each peer, and the times of each connection (<see cref="ConnectionLife"/>).
/// </summary>
internal sealed class GrpcConnections(
    IOptions<ConnectionOptions> options,
    PeerDirectory peers,
    StreamTotals totals,
    CallMeter meter,
    TimeProvider timeProvider,
    ILogger<GrpcConnections> logger)
{
    // A random share of the age, so that connections that started together do not end together.
    private const double Spread = 0.1;

    private readonly ConnectionOptions _options = options.Value;
    private readonly ConcurrentDictionary<ConnectionLife, bool> _lives = new();
    private int _connections;

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        meter.OnConnected();
        var peer = peers.Connect(connection.RemoteEndPoint);
        try
        {
            if (Interlocked.Increment(ref _connections) > _options.MaxConnections)
            {
                Refuse(connection, $"{_options.MaxConnections} connections are open, the maximum of Rke:Grpc:MaxConnections.");
                return;
            }

            if (_options.MaxConnectionsPerPeer > 0 && peer.Connections > _options.MaxConnectionsPerPeer)
            {
                Refuse(
                    connection,
                    $"{peer.Address} has {_options.MaxConnectionsPerPeer} open connections, the maximum of Rke:Grpc:MaxConnectionsPerPeer.");
                return;
            }

            await using var life = new ConnectionLife(connection, _options, NextAge(), timeProvider);
            using var streams = new OpenStreams(peer, totals, reason => Refuse(connection, reason));
            connection.Features.Set(life);
            connection.Features.Set(streams);
            connection.Features.Set(new ConnectionPeer(peer, life, connection));
            _lives[life] = true;
            try
            {
                await next(connection);
            }
            finally
            {
                _lives.TryRemove(life, out _);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
            peers.Disconnect(peer);
            meter.OnDisconnected();
        }
    }

    /// <summary>Sends the first GOAWAY on all connections that are in use.</summary>
    public void Leave()
    {
        foreach (var life in _lives.Keys)
        {
            life.Leave();
        }
    }

    private void Refuse(ConnectionContext connection, string reason)
    {
        connection.Abort(new ConnectionAbortedException(reason));
        Log.ConnectionClosed(logger, reason);
    }

    private TimeSpan? NextAge() => _options.MaxConnectionAge * (1 + (Spread * ((2 * Random.Shared.NextDouble()) - 1)));
}
