using System.Diagnostics;
using System.Net;
using HdrHistogram;

namespace Rke.Bench.Load;

/// <summary>Some connections, one thread, and the times of all calls.</summary>
internal sealed class Http2Client : IDisposable
{
    private const long LongestTime = 600_000_000_000; // nanoseconds
    private const int Digits = 3;

    private readonly Http2Connection[] _connections;
    private readonly Polling _polling;
    private int _next;

    public Http2Client(IPEndPoint server, string path, IReadOnlyList<byte[]> messages, int connections, int status)
    {
        // Each connection starts with another message, so that each message is in flight at any time.
        _connections = [.. Enumerable.Range(0, connections).Select(index =>
            new Http2Connection(server, path, messages, first: index * messages.Count / connections, status) { Ended = OnEnded })];
        _polling = new(connections);
    }

    /// <summary>The times of calls in nanoseconds.</summary>
    public LongHistogram Times { get; } = new(LongestTime, Digits);

    public long Ended { get; private set; }

    public long Failures { get; private set; }

    public string? FirstFailure { get; private set; }

    public int InFlight { get; private set; }

    public async Task ConnectAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.ConnectAsync();
        }

        for (var index = 0; index < _connections.Length; index++)
        {
            _polling.Watch(index, _connections[index].Descriptor);
        }
    }

    /// <summary>Starts a call on the next connection that can take one.</summary>
    /// <returns>False if all connections have as many streams as the server allows.</returns>
    public bool TryStart(long timestamp)
    {
        for (var tried = 0; tried < _connections.Length; tried++)
        {
            var connection = _connections[_next];
            _next = (_next + 1) % _connections.Length;
            if (connection.CanStart)
            {
                connection.Start(timestamp);
                InFlight++;
                return true;
            }
        }

        return false;
    }

    /// <summary>Sends what is ready, waits until something arrives or the time is over, and reads it.</summary>
    public void Exchange(TimeSpan wait)
    {
        for (var index = 0; index < _connections.Length; index++)
        {
            if (_connections[index].HasOutput)
            {
                _connections[index].Flush();
            }

            _polling.WatchWrites(index, _connections[index].HasOutput);
        }

        if (_polling.Wait(wait) == 0)
        {
            return;
        }

        for (var index = 0; index < _connections.Length; index++)
        {
            if (_polling.IsReadable(index))
            {
                _connections[index].Receive();
            }
        }
    }

    /// <summary>Forgets the times and failures of the warm-up.</summary>
    public void Reset()
    {
        Times.Reset();
        (Ended, Failures, FirstFailure) = (0, 0, null);
    }

    public void Dispose() => Array.ForEach(_connections, connection => connection.Dispose());

    private void OnEnded(long start, string? problem)
    {
        InFlight--;
        Ended++;
        Times.RecordValue(Math.Clamp((long)Stopwatch.GetElapsedTime(start).TotalNanoseconds, 1, LongestTime));
        if (problem is not null)
        {
            Failures++;
            FirstFailure ??= problem;
        }
    }
}
