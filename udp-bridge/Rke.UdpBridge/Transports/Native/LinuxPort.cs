using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Rke.UdpBridge.Transports.Native;

/// <summary>A connected socket of the <see cref="LinuxTransport"/>.</summary>
/// <remarks>
/// ICMP messages are reported from the queue of the socket. The thread that takes a message out of the queue reports it:
/// either the receiving thread, or a thread whose send has failed.
/// </remarks>
internal sealed class LinuxPort(LinuxTransport transport, Socket socket, IDatagramReceiver receiver)
    : IDatagramPort, IThreadPoolWorkItem
{
    // The states of the work item: not queued; queued or receiving; and something has arrived since it was queued.
    private const int Idle = 0;
    private const int Receiving = 1;
    private const int Signalled = 2;

    private const int MaxErrorsInARow = 16;
    private const int MaxSends = 4;

    // After this many calls, other work of the pool gets its turn.
    private const int MaxCallsInARow = 4;

    private readonly SafeSocketHandle _handle = socket.SafeHandle;
    private readonly AddressFamily _family = socket.AddressFamily;
    private long _token;
    private int _errors;
    private int _state = Idle;
    private uint _events;

    public void Start()
    {
        try
        {
            _token = transport.Add(this, _handle);
        }
        catch (SocketException exception)
        {
            receiver.OnBroken(exception.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            // The port or the transport is closed meanwhile.
        }
    }

    public int Send(ReadOnlySpan<ReadOnlyMemory<byte>> datagrams, out SendResult result, out SocketError error)
    {
        var sent = datagrams.Length > 1 ? SendBatch(datagrams) : 0;
        if (sent > 0)
        {
            (result, error) = (SendResult.Sent, SocketError.Success);
            return sent;
        }

        result = Send(datagrams[0].Span, out error);
        return 1;
    }

    public void Dispose()
    {
        transport.Remove(_token, _handle);
        socket.Dispose();
    }

    /// <summary>Receives on the thread pool. Only the thread of the transport calls this.</summary>
    internal void OnEvents(PolledEvents events)
    {
        Interlocked.Or(ref _events, (uint)events);
        if (Interlocked.Exchange(ref _state, Signalled) == Idle)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Receives what has arrived.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _state, Receiving);
        var callers = default(CallerWork);
        var isDone = Receive((PolledEvents)Interlocked.Exchange(ref _events, 0), ref callers);
        if (!isDone || Interlocked.CompareExchange(ref _state, Idle, Receiving) != Receiving)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        // From now on, another thread can receive.
        callers.Execute();
    }

    /// <summary>Returns false if there may be more to receive.</summary>
    private bool Receive(PolledEvents events, ref CallerWork callers)
    {
        var reported = SocketError.Success;
        if (events.HasFlag(PolledEvents.Error))
        {
            ReportErrors(ref reported);
        }

        var batch = transport.RentToReceive();
        var isDone = false;
        for (var calls = 0; calls < MaxCallsInARow && !isDone; calls++)
        {
            var count = batch.Receive(_handle, wait: false, out var error);
            if (error == SocketError.Success)
            {
                _errors = 0;
                receiver.OnDatagrams(new(batch, count), ref callers);
                isDone = count < batch.Capacity;
            }
            else
            {
                isDone = !Handle(error, ref reported);
            }
        }

        transport.ReturnToReceive(batch);
        return isDone;
    }

    /// <summary>Returns false if there is nothing more to receive.</summary>
    private bool Handle(SocketError error, ref SocketError reported)
    {
        switch (error)
        {
            case SocketError.WouldBlock:
                return false;
            case SocketError.OperationAborted or SocketError.NotSocket:
                transport.Remove(_token, _handle);
                return false;
            default:
                var isReported = ReportErrors(ref reported);
                if (error == SocketError.MessageSize)
                {
                    return true;
                }

                if (ConnectedSocket.IsUnreachable(error, _family))
                {
                    // The queue was full, unless the system has set the error after the message was taken out.
                    if (!isReported && error != reported)
                    {
                        receiver.OnRefused(error);
                    }

                    reported = SocketError.Success;
                    return true;
                }

                if (++_errors < MaxErrorsInARow)
                {
                    return true;
                }

                transport.Remove(_token, _handle);
                receiver.OnBroken(error);
                return false;
        }
    }

    /// <summary>Reports each message of the queue. Returns true if there was one.</summary>
    private bool ReportErrors(ref SocketError reported)
    {
        var isAny = false;
        while (ErrorQueue.TryTake(_handle, out var error))
        {
            isAny = true;
            if (ConnectedSocket.IsUnreachable(error, _family))
            {
                reported = error;
                receiver.OnRefused(error);
            }
        }

        return isAny;
    }

    private int SendBatch(ReadOnlySpan<ReadOnlyMemory<byte>> datagrams)
    {
        var batch = transport.RentToSend();
        var count = Math.Min(datagrams.Length, batch.Capacity);
        for (var index = 0; index < count; index++)
        {
            batch.Set(index, datagrams[index].Span);
        }

        // If the first datagram cannot be sent, it is sent again alone. That reports the error.
        var sent = batch.Send(_handle, 0, count, out _);
        batch.Clear(count);
        transport.ReturnToSend(batch);
        return sent;
    }

    private SendResult Send(ReadOnlySpan<byte> datagram, out SocketError error)
    {
        // An ICMP message about an earlier datagram lets one send fail. If this machine has no route, the system
        // reports the same error, but for every send.
        var reported = SocketError.Success;
        for (var sends = 1; ; sends++)
        {
            error = TrySend(datagram);
            if (error == SocketError.Success)
            {
                error = reported;
                return reported == SocketError.Success ? SendResult.Sent : SendResult.SentAfterRefusal;
            }

            var isUnreachable = ConnectedSocket.IsUnreachable(error, _family);
            while (ErrorQueue.TryTake(_handle, out var taken))
            {
                reported = ConnectedSocket.IsUnreachable(taken, _family) ? taken : reported;
            }

            // MessageSize: a router has reported a smaller MTU of the path. The system uses it from now on.
            if (sends == MaxSends || !(isUnreachable || error == SocketError.MessageSize))
            {
                return ConnectedSocket.ResultOf(error, reported != SocketError.Success);
            }
        }
    }

    private unsafe SocketError TrySend(ReadOnlySpan<byte> datagram)
    {
        const MessageOptions Options = MessageOptions.NoWait | MessageOptions.NoSignal;
        try
        {
            fixed (byte* first = datagram)
            {
                while (true)
                {
                    if (LinuxCalls.Send(_handle, first, (nuint)datagram.Length, Options) >= 0)
                    {
                        return SocketError.Success;
                    }

                    var error = LinuxErrors.ToSocketError(Marshal.GetLastPInvokeError());
                    if (error != SocketError.Interrupted)
                    {
                        return error;
                    }
                }
            }
        }
        catch (ObjectDisposedException)
        {
            return SocketError.Shutdown;
        }
    }
}
