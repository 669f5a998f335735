using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Rke.Gateway.State;

/// <summary>
/// A thread that asks servers of Redis for a PONG, over connections of its own: nothing that is queued in this process
/// is in its way. Whatever comes back, a refusal for want of a password too, is one.
/// </summary>
internal sealed class RedisPinger : IDisposable
{
    private const int MostTries = 5;
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(5);

    private readonly BlockingCollection<(EndPoint[] Servers, TimeSpan Patience, TaskCompletionSource<TimeSpan?> Answer)> _asked = [];
    private readonly Dictionary<EndPoint, Stream> _streams = [];
    private readonly RedisConnector _connector;
    private readonly TimeProvider _timeProvider;

    public RedisPinger(RedisConnector connector, TimeProvider timeProvider)
    {
        _connector = connector;
        _timeProvider = timeProvider;
        new Thread(Run) { IsBackground = true, Name = "redis pinger" }.Start();
    }

    /// <summary>How long it took until all of them had answered; null when one did not in time.</summary>
    public Task<TimeSpan?> AskAsync(EndPoint[] servers, TimeSpan patience)
    {
        var answer = new TaskCompletionSource<TimeSpan?>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            _asked.Add((servers, patience, answer));
        }
        catch (InvalidOperationException)
        {
            // The gateway stops.
            answer.SetResult(null);
        }

        return answer.Task;
    }

    public void Dispose() => _asked.CompleteAdding();

    private void Run()
    {
        foreach (var (servers, patience, answer) in _asked.GetConsumingEnumerable())
        {
            answer.SetResult(Ask(servers, patience));
        }

        foreach (var stream in _streams.Values)
        {
            stream.Dispose();
        }
    }

    // Whoever wakes up late from waiting learned only that this machine is busy, and asks again.
    private TimeSpan? Ask(EndPoint[] servers, TimeSpan patience)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var began = _timeProvider.GetTimestamp();
            var isBeating = servers.Length > 0
                && Array.TrueForAll(servers, server => IsBeating(server, patience - _timeProvider.GetElapsedTime(began)));
            var took = _timeProvider.GetElapsedTime(began);
            if (isBeating)
            {
                return took;
            }

            if (took < patience + Late)
            {
                return null;
            }
        }

        return null;
    }

    // A connection that was closed meanwhile, as idle ones are, says nothing: a new one does.
    private bool IsBeating(EndPoint server, TimeSpan patience) =>
        patience > TimeSpan.Zero && (Beats(server, patience) ?? Beats(server, patience) ?? false);

    private bool? Beats(EndPoint server, TimeSpan patience)
    {
        try
        {
            if (!_streams.TryGetValue(server, out var stream))
            {
                _streams[server] = stream = Connect(server, patience);
            }

            Span<byte> pong = stackalloc byte[64];
            stream.ReadTimeout = Milliseconds(patience);
            stream.Write("PING\r\n"u8);
            if (stream.Read(pong) > 0)
            {
                return true;
            }

            Drop(server);
            return null;
        }
        catch (Exception exception) when (exception is IOException or SocketException
            or System.Security.Authentication.AuthenticationException or InvalidOperationException)
        {
            Drop(server);
            return exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown }
                ? null
                : false;
        }
    }

    // Nothing of it passes through the thread pool: blocking calls on a socket that was never used otherwise.
    private Stream Connect(EndPoint server, TimeSpan patience)
    {
        var (host, port, address) = server switch
        {
            DnsEndPoint name => (name.Host, name.Port, System.Net.Dns.GetHostAddresses(name.Host)[0]),
            IPEndPoint literal => (literal.Address.ToString(), literal.Port, literal.Address),
            _ => throw new InvalidOperationException($"{server} is no address."),
        };
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Blocking = false;
            try
            {
                socket.Connect(new IPEndPoint(address, port));
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                if (!socket.Poll(patience, SelectMode.SelectWrite))
                {
                    throw;
                }
            }

            socket.Blocking = true;
            socket.ReceiveTimeout = Milliseconds(patience);
            socket.SendTimeout = Milliseconds(patience);
            return _connector.Secure(new NetworkStream(socket, ownsSocket: true), host);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Drop(EndPoint server)
    {
        if (_streams.Remove(server, out var stream))
        {
            stream.Dispose();
        }
    }

    private static int Milliseconds(TimeSpan patience) => Math.Max(1, (int)patience.TotalMilliseconds);
}
