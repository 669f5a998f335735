using System.Net;
using System.Net.Sockets;
using Rke.Wire;

namespace Rke.UdpBridge.Transports;

/// <summary>
/// A connected .NET socket for each port. It works on every operating system. It makes a system call for each datagram.
/// </summary>
internal sealed class SocketTransport : IDatagramTransport
{
    /// <inheritdoc/>
    public bool SendsBatches => false;

    /// <inheritdoc/>
    public IDatagramPort Open(IPEndPoint server, IDatagramReceiver receiver) =>
        new Port(ConnectedSocket.Open(server), receiver);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Port : IDatagramPort
    {
        // One byte more than any valid response, so that a longer datagram is visible (docs/WIRE.md §7).
        private const int ReceiveLength = ProfileRules.MaxResponseLength + 1;
        private const int MaxErrorsInARow = 16;
        private const int MaxSends = 4;

        private readonly Socket _socket;
        private readonly IDatagramReceiver _receiver;

        // Without the execution context, so that the loop keeps nothing of the request that opens the socket.
        private readonly SocketAsyncEventArgs _receive = new(true);
        private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ReceiveLength, pinned: true);
        private int _errors;

        public Port(Socket socket, IDatagramReceiver receiver)
        {
            _socket = socket;
            _receiver = receiver;
            _receive.SetBuffer(_buffer);
            _receive.Completed += (_, _) => OnCompleted();
        }

        public void Start() => Receive();

        public int Send(ReadOnlySpan<ReadOnlyMemory<byte>> datagrams, out SendResult result, out SocketError error)
        {
            result = Send(datagrams[0].Span, out error);
            return 1;
        }

        public void Dispose() => _socket.Dispose();

        private SendResult Send(ReadOnlySpan<byte> datagram, out SocketError error)
        {
            // An ICMP message about an earlier datagram lets one send fail. If this machine has no route, the system
            // reports the same error, but for every send.
            error = SocketError.Success;
            var isRefused = false;
            for (var sends = 1; ; sends++)
            {
                var result = TrySend(datagram);
                if (result == SocketError.Success)
                {
                    return isRefused ? SendResult.SentAfterRefusal : SendResult.Sent;
                }

                error = result;
                var isReported = ConnectedSocket.IsUnreachable(result, _socket.AddressFamily);
                isRefused |= isReported;

                // MessageSize: a router has reported a smaller MTU of the path. The system uses it from now on.
                if (sends < MaxSends && (isReported || result == SocketError.MessageSize))
                {
                    ConnectedSocket.ClearErrors(_socket);
                    continue;
                }

                return ConnectedSocket.ResultOf(result, isRefused);
            }
        }

        private SocketError TrySend(ReadOnlySpan<byte> datagram)
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

        private void Report(ReceivedDatagrams datagrams)
        {
            var callers = default(CallerWork);
            _receiver.OnDatagrams(datagrams, ref callers);
            callers.Execute();
        }

        /// <summary>Returns false when the loop ends, because the socket is closed or only fails.</summary>
        private bool Handle()
        {
            var error = _receive.SocketError;
            switch (error)
            {
                case SocketError.Success:
                    _errors = 0;

                    // For a truncated datagram, the system may report the length before truncation.
                    Report(new(_buffer.AsSpan(0, Math.Min(_receive.BytesTransferred, ReceiveLength))));
                    return true;
                case SocketError.MessageSize when OperatingSystem.IsWindows():
                    Report(new(_buffer));
                    return true;
                case SocketError.MessageSize:
                    ConnectedSocket.ClearErrors(_socket);
                    return true;
                case SocketError.OperationAborted or SocketError.Shutdown or SocketError.NotSocket:
                    _receive.Dispose();
                    return false;
                default:
                    ConnectedSocket.ClearErrors(_socket);
                    if (ConnectedSocket.IsUnreachable(error, _socket.AddressFamily))
                    {
                        _receiver.OnRefused(error);
                        return true;
                    }

                    if (++_errors < MaxErrorsInARow)
                    {
                        return true;
                    }

                    _receiver.OnBroken(error);
                    _receive.Dispose();
                    return false;
            }
        }
    }
}
