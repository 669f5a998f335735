using Microsoft.AspNetCore.Connections;
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

            await using var age = StartAging(connection);
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
            meter.OnDisconnected();
        }
    }

    private ConnectionAge? StartAging(ConnectionContext connection)
    {
        if (settings.MaxAge is not { } age)
        {
            return null;
        }

        var spread = 1 + (Spread * ((2 * Random.Shared.NextDouble()) - 1));
        var aging = new ConnectionAge(connection, age * spread, settings.AgeGrace, timeProvider);
        connection.Features.Set(aging);
        return aging;
    }
}
