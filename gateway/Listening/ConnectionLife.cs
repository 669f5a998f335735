using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Rke.UdpBridge;

namespace Rke.Gateway.Listening;

/// <summary>
/// The time limits of one connection: for the handshake, for the first call, and for its age.
/// <para>
/// An old connection closes as RFC 9113 §6.8 recommends: a first GOAWAY that rejects no call, together with a PING. When the response to
/// the PING arrives, the client has received that GOAWAY and starts no further call. Then Kestrel sends the final GOAWAY, and closes
/// the connection after its last call. Kestrel alone sends the final GOAWAY at once. A call that the client has just started would then
/// be lost, unless the client retries it.
/// </para>
/// </summary>
internal sealed class ConnectionLife : IAsyncDisposable
{
    // For the response to the PING, and for the next frame that can carry the first GOAWAY.
    private static readonly TimeSpan RoundTripLimit = TimeSpan.FromSeconds(1);

    // Timers of the system can fire a little early. All limits are longer.
    private static readonly TimeSpan TimerPrecision = TimeSpan.FromMilliseconds(5);

    private readonly ConnectionContext _connection;
    private readonly ConnectionOptions _options;
    private readonly TimeSpan? _age;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private volatile Phase _phase;
    private MonotonicTime? _due;
    private int _calls;

    /// <param name="age">The time from the first call to the first GOAWAY. Null = no limit.</param>
    public ConnectionLife(ConnectionContext connection, ConnectionOptions options, TimeSpan? age, TimeProvider timeProvider)
    {
        (_connection, _options, _age, _timeProvider) = (connection, options, age, timeProvider);
        _timer = timeProvider.CreateTimer(_ => OnTimer(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Enter(Phase.Handshake, options.HandshakeTimeout);
    }

    private enum Phase
    {
        /// <summary>The client has not sent the preface.</summary>
        Handshake,

        /// <summary>The client has not started a call.</summary>
        Unused,

        /// <summary>The client has started a call, and the connection is not old.</summary>
        Open,

        /// <summary>The connection is old. The next flush of Kestrel sends the first GOAWAY.</summary>
        Old,

        /// <summary>The first GOAWAY and the PING are sent.</summary>
        Leaving,

        /// <summary>Kestrel closes the connection after its last call.</summary>
        Closing,
    }

    /// <summary>Whether the connection uses HTTP/2. It is false until the preface has arrived.</summary>
    public bool IsHttp2 { get; private set; }

    /// <summary>The client has sent the preface of HTTP/2, or its first bytes of HTTP/1.1.</summary>
    public void OnHandshake(bool isHttp2)
    {
        lock (_lock)
        {
            IsHttp2 = isHttp2;
            if (_phase == Phase.Handshake)
            {
                Enter(Phase.Unused, _options.FirstCallTimeout);
            }
        }
    }

    public void OnCallStarted()
    {
        Interlocked.Increment(ref _calls);
        if (_phase <= Phase.Unused)
        {
            lock (_lock)
            {
                if (_phase <= Phase.Unused)
                {
                    Enter(Phase.Open, _age ?? Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    public void OnCallEnded() => Interlocked.Decrement(ref _calls);

    /// <summary>Kestrel flushes complete frames. Returns whether the first GOAWAY and the PING must follow them.</summary>
    public bool OnFlush()
    {
        if (_phase != Phase.Old)
        {
            return false;
        }

        lock (_lock)
        {
            if (_phase != Phase.Old || !IsHttp2)
            {
                return false;
            }

            Enter(Phase.Leaving, RoundTripLimit);
            return true;
        }
    }

    /// <summary>
    /// The response to the PING has arrived, and Kestrel has processed all frames before it.
    /// </summary>
    public void OnPingResponse()
    {
        lock (_lock)
        {
            if (_phase != Phase.Leaving)
            {
                return;
            }

            Enter(Phase.Closing, _options.MaxConnectionAgeGrace);
        }

        RequestClose();
    }

    /// <summary>The gateway stops soon. The connection becomes old.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_phase == Phase.Open && IsHttp2)
            {
                Enter(Phase.Old, RoundTripLimit);
            }
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void OnTimer()
    {
        lock (_lock)
        {
            // The timer of an earlier phase can wait for the lock while another phase begins.
            if (_due is not { } due || MonotonicTime.Now(_timeProvider) + TimerPrecision < due)
            {
                return;
            }

            switch (_phase)
            {
                case Phase.Open when IsHttp2:
                    Enter(Phase.Old, RoundTripLimit);
                    return;
                case Phase.Old when Volatile.Read(ref _calls) == 0:
                    // Nothing is in flight, so no frame carries the GOAWAY before the next call.
                    Enter(Phase.Old, Timeout.InfiniteTimeSpan);
                    return;
                case Phase.Unused or Phase.Open or Phase.Old or Phase.Leaving:
                    Enter(Phase.Closing, _options.MaxConnectionAgeGrace);
                    break;
                default:
                    _connection.Abort(new ConnectionAbortedException(_phase == Phase.Handshake
                        ? "The client has not completed the handshake in time."
                        : "The grace period of the connection has ended."));
                    return;
            }
        }

        RequestClose();
    }

    private void Enter(Phase phase, TimeSpan limit)
    {
        _phase = phase;
        _due = limit == Timeout.InfiniteTimeSpan ? null : MonotonicTime.Now(_timeProvider) + limit;
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    private void RequestClose() => _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
}
