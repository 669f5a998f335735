namespace Rke.Gateway.Listening;

/// <summary>
/// Counts the HTTP/2 streams of one connection from the first frame of the client to the last one of the gateway: calls in progress,
/// refused calls, and calls whose client does not read the response. Kestrel reports the end of a call when the response is in its
/// buffers. A client that reads no responses could fill the memory with such calls.
/// </summary>
internal sealed class OpenStreams(Peer peer, StreamTotals totals, Action<string> abort) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _streams = [];
    private int _highest;
    private bool _isDisposed;
    private bool _isAborted;

    /// <summary>A HEADERS frame starts a stream, or has the trailers of one. Returns whether it starts one.</summary>
    public bool OnHeadersReceived(int stream)
    {
        lock (_lock)
        {
            if (stream <= _highest || _isDisposed)
            {
                return false;
            }

            _highest = stream;
            _streams.Add(stream);
        }

        // More frames can follow before the connection closes.
        if (totals.Open(peer) is { } problem && !Interlocked.Exchange(ref _isAborted, true))
        {
            abort(problem);
        }

        return true;
    }

    /// <summary>The gateway has sent the last frame of a stream, or one side has reset it.</summary>
    public void Close(int stream)
    {
        lock (_lock)
        {
            if (!_streams.Remove(stream))
            {
                return;
            }
        }

        totals.Close(peer, 1);
    }

    public void Dispose()
    {
        int count;
        lock (_lock)
        {
            _isDisposed = true;
            count = _streams.Count;
            _streams.Clear();
        }

        totals.Close(peer, count);
    }
}

/// <summary>The open streams of all connections, and of each peer.</summary>
internal sealed class StreamTotals(ConnectionOptions options)
{
    private int _streams;

    /// <summary>The number of open streams.</summary>
    public int Count => Volatile.Read(ref _streams);

    /// <summary>Counts a stream. Returns the limit that it exceeds, or null.</summary>
    public string? Open(Peer peer)
    {
        var ofPeer = Interlocked.Increment(ref peer.Open);
        if (Interlocked.Increment(ref _streams) > options.MaxStreams)
        {
            return $"{options.MaxStreams} streams are open, the maximum of Rke:Grpc:MaxStreams.";
        }

        return options.MaxStreamsPerPeer > 0 && ofPeer > options.MaxStreamsPerPeer
            ? $"{peer.Address} has {options.MaxStreamsPerPeer} open streams, the maximum of Rke:Grpc:MaxStreamsPerPeer."
            : null;
    }

    public void Close(Peer peer, int count)
    {
        Interlocked.Add(ref peer.Open, -count);
        Interlocked.Add(ref _streams, -count);
    }
}
