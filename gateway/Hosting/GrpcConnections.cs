using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Rke.Gateway.Configuration;
using Rke.Gateway.Observability;

namespace Rke.Gateway.Hosting;

/// <summary>
/// Callers' connections: not too many, and none for ever. One that is old gets a GOAWAY, finishes its calls, and its
/// caller connects again, maybe to another replica.
/// </summary>
internal sealed class GrpcConnections(
    ConnectionSettings settings, CallMeter meter, TimeProvider timeProvider, ILogger<GrpcConnections> logger)
{
    // Connections that began together should not end together.
    private const double Spread = 0.1;

    private int _connections;

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        meter.OnConnected();
        try
        {
            if (Interlocked.Increment(ref _connections) > settings.Max)
            {
                Log.ConnectionRefused(logger, settings.Max);
                connection.Abort(new ConnectionAbortedException("There are too many connections."));
                return;
            }

            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
            meter.OnDisconnected();
        }
    }

    /// <summary>
    /// Ages a connection that is ready for calls. A TLS handshake does not count: where it takes long, the connection
    /// would be sent away before its first call.
    /// </summary>
    public async Task AgeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        await using var age = StartAging(connection);
        await next(connection);
    }

    private ITimer? StartAging(ConnectionContext connection)
    {
        if (settings.MaxAge is not { } age
            || connection.Features.Get<IConnectionLifetimeNotificationFeature>() is not { } lifetime)
        {
            return null;
        }

        var isOld = false;
        return timeProvider.CreateTimer(
            _ =>
            {
                if (!isOld)
                {
                    isOld = true;
                    lifetime.RequestClose();
                }
                else
                {
                    connection.Abort(new ConnectionAbortedException("The connection's grace is over."));
                }
            },
            state: null,
            age * (1 + (Spread * ((2 * Random.Shared.NextDouble()) - 1))),
            settings.AgeGrace);
    }
}
