using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Rke.Wire;

namespace Rke.UdpBridge;

/// <summary>
/// One connected socket to a server, its receive loop, and the calls that wait on it by echo. Nothing that comes in
/// ends the loop. The calls are guarded by the link's lock.
/// </summary>
internal sealed class UdpChannel : IDisposable
{
    // One byte more than any legal response, so that a truncated datagram is seen (docs/WIRE.md §7).
    private const int ReceiveLength = ProfileRules.MaxResponseLength + 1;
    private const int SocketBufferLength = 1 << 20;
    private const int MaxErrorsInARow = 16;

    private readonly ServerLink _link;
    private readonly Socket _socket;

    // Without execution context: the loop keeps nothing of the request that opens the socket.
    private readonly SocketAsyncEventArgs _receive = new(true);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ReceiveLength, pinned: true);
    private readonly Dictionary<ushort, PendingCall> _calls = [];
    private int _errors;

    private UdpChannel(ServerLink link, Socket socket)
    {
        _link = link;
        _socket = socket;
        _receive.SetBuffer(_buffer);
        _receive.Completed += (_, _) => OnCompleted();
    }

    /// <summary>Until then, a refusal may be the answer to a call that is gone.</summary>
    public TimeSpan SuspectUntil { get; set; }

    /// <summary>Calls in flight here.</summary>
    public IEnumerable<PendingCall> Calls
    {
        get
        {
            foreach (var first in _calls.Values)
            {
                for (var call = first; call is not null; call = call.SameEcho)
                {
                    yield return call;
                }
            }
        }
    }

    /// <summary>
    /// Opens a socket from a random port and connects it, so that only the server's datagrams come in.
    /// </summary>
    public static UdpChannel Open(ServerLink link, IPEndPoint server)
    {
        var address = server.Address.IsIPv4MappedToIPv6 ? server.Address.MapToIPv4() : server.Address;
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Blocking = false;
            socket.ReceiveBufferSize = SocketBufferLength;
            socket.SendBufferSize = SocketBufferLength;
            socket.Connect(new IPEndPoint(address, server.Port));
            return new UdpChannel(link, socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public bool IsFree(ushort echo) => !_calls.ContainsKey(echo);

    public PendingCall? Find(ushort echo) => _calls.GetValueOrDefault(echo);

    public void Add(PendingCall call)
    {
        ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_calls, call.Expected.Nonce.Echo, out _);
        call.SameEcho = first;
        first = call;
    }

    public void Remove(PendingCall call)
    {
        var echo = call.Expected.Nonce.Echo;
        ref var place = ref CollectionsMarshal.GetValueRefOrNullRef(_calls, echo);
        if (place == call)
        {
            if (call.SameEcho is null)
            {
                _calls.Remove(echo);
            }
            else
            {
                place = call.SameEcho;
            }

            return;
        }

        for (var before = place; before is not null; before = before.SameEcho)
        {
            if (before.SameEcho == call)
            {
                before.SameEcho = call.SameEcho;
                return;
            }
        }
    }

    /// <summary>Starts the receive loop.</summary>
    public void Start() => Receive();

    /// <summary>Hands a datagram to the network without waiting.</summary>
    public SocketError Send(ReadOnlySpan<byte> datagram)
    {
        try
        {
            _socket.Send(datagram, SocketFlags.None, out var error);
            return error;
        }
        catch (ObjectDisposedException)
        {
            return SocketError.Shutdown;
        }
    }

    public void Dispose() => _socket.Dispose();

    private void OnCompleted()
    {
        if (Handle())
        {
            Receive();
        }
    }

    private void Receive()
    {
        try
        {
            while (!_socket.ReceiveAsync(_receive))
            {
                if (!Handle())
                {
                    return;
                }
            }
        }
        catch (ObjectDisposedException)
        {
            _receive.Dispose();
        }
    }

    /// <summary>False when the loop ends: the socket was closed, or does nothing but fail and is replaced.</summary>
    private bool Handle()
    {
        switch (_receive.SocketError)
        {
            case SocketError.Success:
                _errors = 0;
                Deliver();
                return true;
            case SocketError.ConnectionRefused or SocketError.ConnectionReset:
                _link.OnRefused(this, sender: null);
                return true;
            case SocketError.MessageSize:
                _link.OnTruncated();
                return true;
            case SocketError.OperationAborted or SocketError.Shutdown or SocketError.NotSocket:
                _receive.Dispose();
                return false;
            default:
                if (++_errors < MaxErrorsInARow)
                {
                    return true;
                }

                _link.OnFailed(this, _receive.SocketError);
                _receive.Dispose();
                return false;
        }
    }

    // What a datagram may do ends here: it is one exchange's loss, never the loop's.
    private void Deliver()
    {
        try
        {
            // Of a truncated datagram, the system sometimes tells the length that it had.
            _link.OnDatagram(this, _buffer.AsSpan(0, Math.Min(_receive.BytesTransferred, ReceiveLength)));
        }
        catch (Exception exception)
        {
            _link.OnFault(exception);
        }
    }
}
