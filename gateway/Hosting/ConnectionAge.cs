using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Rke.Gateway.Hosting;

/// <summary>
/// Sends an old connection away: GOAWAY, time to finish, then the end. It ages from its first call: a client that is told
/// to go before it has heard of HTTP/2 takes that for a fault, and fails the call for which it came.
/// </summary>
internal sealed class ConnectionAge : IAsyncDisposable
{
    private readonly ConnectionContext _connection;
    private readonly TimeSpan _age;
    private readonly TimeSpan _grace;
    private readonly ITimer _timer;
    private bool _hasBegun;
    private bool _isOld;

    public ConnectionAge(ConnectionContext connection, TimeSpan age, TimeSpan grace, TimeProvider timeProvider)
    {
        (_connection, _age, _grace) = (connection, age, grace);
        _timer = timeProvider.CreateTimer(
            _ => SendAway(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A call has come.</summary>
    public void OnCall()
    {
        if (!Volatile.Read(ref _hasBegun) && !Interlocked.Exchange(ref _hasBegun, true))
        {
            _timer.Change(_age, _grace);
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void SendAway()
    {
        if (_isOld)
        {
            _connection.Abort(new ConnectionAbortedException("The connection's grace is over."));
            return;
        }

        _isOld = true;
        _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }
}
