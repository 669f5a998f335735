using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Rke.Wire;

namespace Rke.UdpBridge.Transports.Native;

/// <summary>
/// A connected socket for each port, and one thread that waits for all of them. When something arrives, the port
/// receives on the thread pool. One system call sends or receives up to 64 datagrams of a port.
/// </summary>
internal sealed class LinuxTransport : IDatagramTransport
{
    // How many datagrams one system call sends or receives.
    private const int BatchLength = 64;

    // One byte more than any valid response, so that a longer datagram is visible (docs/WIRE.md §7).
    private const int ReceiveLength = ProfileRules.MaxResponseLength + 1;
    private const int StackLength = 256 * 1024;

    private readonly EventPoll _poll = new();
    private readonly ConcurrentDictionary<long, LinuxPort> _ports = new();
    private readonly ConcurrentQueue<DatagramBatch> _freeToSend = new();
    private readonly ConcurrentQueue<DatagramBatch> _freeToReceive = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastToken;

    /// <exception cref="SocketException">The system has no descriptor, or a filter forbids the system calls.</exception>
    public LinuxTransport()
    {
        try
        {
            CheckCalls();
        }
        catch
        {
            _poll.Dispose();
            throw;
        }

        new Thread(Wait, StackLength) { IsBackground = true, Name = "rke-udp" }.Start();
    }

    /// <inheritdoc/>
    public bool SendsBatches => true;

    /// <summary>The thread runs.</summary>
    internal bool IsRunning => !_ended.Task.IsCompleted;

    /// <summary>The ports that receive.</summary>
    internal IEnumerable<LinuxPort> Ports => _ports.Values;

    /// <summary>The descriptors of the transport, without its ports.</summary>
    internal IEnumerable<SafeHandle> Descriptors => _poll.Descriptors;

    /// <inheritdoc/>
    public IDatagramPort Open(IPEndPoint server, IDatagramReceiver receiver) =>
        new LinuxPort(this, ConnectedSocket.Open(server), receiver);

    /// <summary>Ends the thread. Dispose the ports before.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_ended.Task.IsCompleted)
        {
            _poll.Stop();
            await _ended.Task;
        }
    }

    /// <summary>Starts to receive from a port.</summary>
    /// <exception cref="SocketException">The system has no memory.</exception>
    internal long Add(LinuxPort port, SafeHandle socket)
    {
        var token = Interlocked.Increment(ref _lastToken);
        _ports[token] = port;
        try
        {
            _poll.Add(socket, token);
        }
        catch
        {
            _ports.TryRemove(token, out _);
            throw;
        }

        return token;
    }

    internal void Remove(long token, SafeHandle socket)
    {
        if (_ports.TryRemove(token, out _) && !_ended.Task.IsCompleted)
        {
            try
            {
                _poll.Remove(socket);
            }
            catch (ObjectDisposedException)
            {
                // The transport has ended meanwhile.
            }
        }
    }

    /// <summary>A batch to send. Return it after the call.</summary>
    internal DatagramBatch RentToSend() => _freeToSend.TryDequeue(out var batch)
        ? batch
        : new(BatchLength, ProfileRules.MaxRequestLength, hasAddresses: false);

    internal void ReturnToSend(DatagramBatch batch) => _freeToSend.Enqueue(batch);

    /// <summary>A batch to receive. Return it after the datagrams are handled.</summary>
    internal DatagramBatch RentToReceive() => _freeToReceive.TryDequeue(out var batch)
        ? batch
        : new(BatchLength, ReceiveLength, hasAddresses: false);

    internal void ReturnToReceive(DatagramBatch batch) => _freeToReceive.Enqueue(batch);

    /// <summary>Receives once, where nothing can arrive. A filter of system calls reports another error.</summary>
    private void CheckCalls()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var batch = RentToReceive();
        batch.Receive(socket.SafeHandle, wait: false, out var error);
        ReturnToReceive(batch);
        if (error != SocketError.WouldBlock)
        {
            throw new SocketException((int)error);
        }
    }

    private void Wait()
    {
        try
        {
            for (var count = _poll.Wait(); count >= 0; count = _poll.Wait())
            {
                for (var index = 0; index < count; index++)
                {
                    var (token, events) = _poll.At(index);
                    if (_ports.TryGetValue(token, out var port))
                    {
                        port.OnEvents(events);
                    }
                }
            }
        }
        finally
        {
            _poll.Dispose();
            _ended.SetResult();
        }
    }
}
