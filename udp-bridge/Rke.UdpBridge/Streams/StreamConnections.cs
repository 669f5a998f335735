using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Rke.UdpBridge.Streams;

/// <summary>The open connections of a server, and their limits. Safe for use by several threads.</summary>
internal sealed class StreamConnections(StreamServerOptions options)
{
    private readonly Lock _gate = new();
    private readonly HashSet<OpenConnection> _all = [];
    private readonly Dictionary<ulong, int> _perSource = [];

    // The connections that wait for a request, the longest wait first.
    private readonly LinkedList<OpenConnection> _waiting = new();

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _all.Count;
            }
        }
    }

    /// <summary>
    /// Adds a connection. At the limit, it takes the place of the connection that has waited longest. Null if the source has too many
    /// connections, or if all connections have a request in progress.
    /// </summary>
    public OpenConnection? TryAdd(Socket socket)
    {
        if (socket.RemoteEndPoint is not IPEndPoint source)
        {
            return null;
        }

        var connection = new OpenConnection(socket, source);
        OpenConnection? replaced = null;
        lock (_gate)
        {
            if (_perSource.GetValueOrDefault(connection.Prefix) >= options.MaxPerSource)
            {
                return null;
            }

            if (_all.Count >= options.MaxConnections)
            {
                if (_waiting.First?.Value is not { } oldest)
                {
                    return null;
                }

                replaced = oldest;
                RemoveLocked(oldest);
            }

            CollectionsMarshal.GetValueRefOrAddDefault(_perSource, connection.Prefix, out _)++;
            _all.Add(connection);
            _waiting.AddLast(connection.Node);
        }

        replaced?.Abort();
        return connection;
    }

    public void SetWorking(OpenConnection connection)
    {
        lock (_gate)
        {
            if (connection.Node.List is not null)
            {
                _waiting.Remove(connection.Node);
            }
        }
    }

    public void SetWaiting(OpenConnection connection)
    {
        lock (_gate)
        {
            if (_all.Contains(connection) && connection.Node.List is null)
            {
                _waiting.AddLast(connection.Node);
            }
        }
    }

    public void Remove(OpenConnection connection)
    {
        lock (_gate)
        {
            RemoveLocked(connection);
        }

        connection.Socket.Dispose();
    }

    public async Task CloseAllAsync()
    {
        OpenConnection[] open;
        lock (_gate)
        {
            open = [.. _all];
        }

        foreach (var connection in open)
        {
            connection.Abort();
        }

        await Task.WhenAll(open.Select(connection => connection.Work));
    }

    /// <summary>Closes a socket at once, so that the system keeps no state for it.</summary>
    public static void Abort(Socket socket)
    {
        try
        {
            socket.LingerState = new(enable: true, seconds: 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }

    private void RemoveLocked(OpenConnection connection)
    {
        if (!_all.Remove(connection))
        {
            return;
        }

        if (connection.Node.List is not null)
        {
            _waiting.Remove(connection.Node);
        }

        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_perSource, connection.Prefix, out _);
        if (--count == 0)
        {
            _perSource.Remove(connection.Prefix);
        }
    }
}

/// <summary>One open connection.</summary>
internal sealed class OpenConnection
{
    public OpenConnection(Socket socket, IPEndPoint source)
    {
        (Socket, Source, Prefix) = (socket, source, SourcePrefix.Of(source.Address));
        Node = new(this);
    }

    public Socket Socket { get; }

    public IPEndPoint Source { get; }

    public ulong Prefix { get; }

    public LinkedListNode<OpenConnection> Node { get; }

    public Task Work { get; set; } = Task.CompletedTask;

    public void Abort() => StreamConnections.Abort(Socket);
}
