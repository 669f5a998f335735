using System.Net.Sockets;

namespace Rke.UdpBridge;

// Sockets come with the first request and go when nobody needs the server any more.
public sealed partial class ServerLink
{
    private const int OtherSockets = 1;

    private static readonly TimeSpan OpenPause = TimeSpan.FromSeconds(1);

    private UdpChannel[] _channels = [];
    private LinkState _state;
    private TimeSpan _lastUsed;
    private TimeSpan _openAfter;

    /// <summary>A configured server's link is kept, and Echo asks whether it is back when it was silent.</summary>
    public bool IsConfigured { get; private set; }

    /// <summary>The open sockets.</summary>
    internal IReadOnlyList<UdpChannel> Channels
    {
        get
        {
            lock (_gate)
            {
                return [.. _channels];
            }
        }
    }

    internal TimeSpan LastUsed
    {
        get
        {
            lock (_gate)
            {
                return _lastUsed;
            }
        }
    }

    internal void SetConfigured(bool isConfigured)
    {
        lock (_gate)
        {
            IsConfigured = isConfigured;
            ScheduleProbe(_context.Now);
        }
    }

    /// <summary>Closes the sockets if nothing is in flight and nothing has been since a time.</summary>
    internal bool TryRetire(TimeSpan unusedSince)
    {
        lock (_gate)
        {
            if (_state != LinkState.Listed || IsConfigured || Statistics.InFlight > 0 || _lastUsed > unusedSince)
            {
                return false;
            }

            _state = LinkState.Retired;
            _breaker.OnAlive();
            PublishBreaker();
            CloseSockets();
            return true;
        }
    }

    internal void Relist(LinkState state)
    {
        lock (_gate)
        {
            _state = state;
            _lastUsed = _context.Now;
        }
    }

    /// <summary>Ends every call in flight as Closed, and every later one too.</summary>
    internal void Close()
    {
        List<(PendingCall Call, Exchange Exchange)> ended = [];
        lock (_gate)
        {
            var now = _context.Now;
            _state = LinkState.Closed;
            foreach (var call in _channels.SelectMany(channel => channel.Calls).ToArray())
            {
                Finish(call, ExchangeOutcome.Closed, now);
                ended.Add((call, Describe(call, ExchangeOutcome.Closed, now)));
            }

            CloseSockets();
        }

        foreach (var (call, exchange) in ended)
        {
            Complete(call, exchange);
        }
    }

    /// <summary>
    /// Puts another socket in the place of one that only fails; its calls go on there with their next datagram.
    /// </summary>
    internal void OnFailed(UdpChannel channel, SocketError error)
    {
        Log.SocketReplaced(_context.Logger, Address.Network, Address.RaidaId, Address.EndPoint, error);
        List<(PendingCall Call, Exchange Exchange)> ended = [];
        lock (_gate)
        {
            channel.Dispose();
            var index = Array.IndexOf(_channels, channel);
            if (index < 0)
            {
                return;
            }

            var calls = channel.Calls.ToArray();
            if (TryOpen() is { } fresh)
            {
                _channels[index] = fresh;
                foreach (var call in calls)
                {
                    channel.Remove(call);
                    call.Channel = fresh;
                    fresh.Add(call);
                }

                return;
            }

            _channels = [.. _channels.Where(other => other != channel)];
            var now = _context.Now;
            foreach (var call in calls)
            {
                Finish(call, ExchangeOutcome.SendFailed, now);
                ended.Add((call, Describe(call, ExchangeOutcome.SendFailed, now)));
            }
        }

        foreach (var (call, exchange) in ended)
        {
            Complete(call, exchange);
        }
    }

    private bool OpenChannels()
    {
        var count = IsConfigured ? _context.Options.SocketsPerServer : OtherSockets;
        while (_channels.Length < count && _lastUsed >= _openAfter && TryOpen() is { } channel)
        {
            _channels = [.. _channels, channel];
        }

        return _channels.Length > 0;
    }

    private UdpChannel? TryOpen()
    {
        try
        {
            var channel = UdpChannel.Open(this, Address.EndPoint);
            channel.Start();
            return channel;
        }
        catch (SocketException exception)
        {
            // Out of descriptors or without a route: not tried, nor told, with every request.
            _openAfter = _context.Now + OpenPause;
            Log.SocketNotOpened(
                _context.Logger, Address.Network, Address.RaidaId, Address.EndPoint, exception.SocketErrorCode);
            return null;
        }
    }

    private void CloseSockets()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }

        _channels = [];
        _timer?.Dispose();
        _timer = null;
        _armedTick = long.MaxValue;
        _probeTimer?.Dispose();
        _probeTimer = null;
    }
}
