using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.UdpBridge.Transports.Native;
using Rke.Wire;

namespace Rke.Raida.Serving;

/// <summary>
/// One system call receives all requests that have arrived, and one sends their responses. For Linux.
/// </summary>
internal sealed class BatchLoop(KeyServer server, Socket socket, ILogger logger) : DatagramLoop
{
    private const int Capacity = 64;

    private readonly SafeSocketHandle _handle = socket.SafeHandle;
    private readonly DatagramBatch _requests = new(Capacity, ReceiveLength, hasAddresses: true);
    private readonly DatagramBatch _responses = new(Capacity, ProfileRules.MaxResponseLength, hasAddresses: true);

    public override void Next()
    {
        var received = _requests.Receive(_handle, wait: true, out _);
        var count = 0;
        for (var index = 0; index < received; index++)
        {
            // A socket that is closed during the call reports an empty datagram without an address.
            if (_requests.Datagram(index).IsEmpty)
            {
                continue;
            }

            var length = Handle(_requests.Address(index), _requests.Datagram(index), _responses.Buffer(count));
            if (length > 0)
            {
                _responses.SetLength(count, length);
                _responses.SetAddress(count, _requests.Address(index));
                count++;
            }
        }

        for (var sent = 0; sent < count;)
        {
            var more = _responses.Send(_handle, sent, count - sent, out var error);
            if (error != SocketError.Success)
            {
                // This call waits if the send buffer is full, and logs another error.
                Send(socket, _responses.Datagram(sent), ToSocketAddress(_responses.Address(sent)), server.RaidaId, logger);
                more = 1;
            }

            sent += more;
        }

        // The response to a Free Account has an authenticity number in the clear.
        for (var index = 0; index < count; index++)
        {
            _responses.Buffer(index)[.._responses.Datagram(index).Length].Clear();
        }
    }

    // An error in one request must not stop the other requests of the batch.
    private int Handle(ReadOnlySpan<byte> address, ReadOnlySpan<byte> datagram, Span<byte> response)
    {
        try
        {
            return server.Handle(RemoteAddress.Of(address), datagram, response);
        }
#pragma warning disable CA1031 // An error in one request must not stop the server.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.RequestFailed(logger, server.RaidaId, failure);
            return 0;
        }
    }

    private SocketAddress ToSocketAddress(ReadOnlySpan<byte> bytes)
    {
        var address = new SocketAddress(socket.AddressFamily, bytes.Length);
        bytes.CopyTo(address.Buffer.Span);
        return address;
    }
}
