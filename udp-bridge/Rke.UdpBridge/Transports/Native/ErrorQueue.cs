using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rke.UdpBridge.Transports.Native;

/// <summary>
/// The ICMP messages that Linux keeps for a socket with the option IP_RECVERR or IPV6_RECVERR. The system reports the
/// last of them also as the error of a call, once. The queue is exact: each message is in it once, and taking the
/// last one out clears the error of the socket.
/// </summary>
internal static unsafe class ErrorQueue
{
    // struct cmsghdr: the length, the level and the type. Then struct sock_extended_err, which starts with the number.
    private const int ControlLength = 256;
    private const int MinControlLength = 16 + 16;
    private const int LevelOffset = 8;
    private const int TypeOffset = 12;
    private const int NumberOffset = 16;
    private const int LevelIPv4 = 0;
    private const int LevelIPv6 = 41;
    private const int ReceiveErrorsIPv4 = 11;
    private const int ReceiveErrorsIPv6 = 25;

    /// <summary>Takes the first message out of the queue. Returns false if there is none.</summary>
    public static bool TryTake(SafeHandle socket, out SocketError error)
    {
        var control = stackalloc byte[ControlLength];
        var message = new BatchedMessage
        {
            // The datagram that caused the message is not needed, so there is no buffer for it.
            Header = new() { Control = control, ControlLength = ControlLength },
        };
        error = SocketError.SocketError;
        try
        {
            const MessageOptions Options = MessageOptions.ErrorQueue | MessageOptions.NoWait;
            if (LinuxCalls.ReceiveMessages(socket, &message, 1, Options, timeout: null) != 1)
            {
                return false;
            }
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        if (message.Header.ControlLength >= MinControlLength
            && (Unsafe.ReadUnaligned<int>(control + LevelOffset), Unsafe.ReadUnaligned<int>(control + TypeOffset))
                is (LevelIPv4, ReceiveErrorsIPv4) or (LevelIPv6, ReceiveErrorsIPv6))
        {
            error = LinuxErrors.ToSocketError(Unsafe.ReadUnaligned<int>(control + NumberOffset));
        }

        return true;
    }
}
