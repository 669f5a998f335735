using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Rke.UdpBridge.Transports.Native;

namespace Rke.UdpBridge.Transports;

/// <summary>Opens the transport that the options select.</summary>
internal static class TransportSelection
{
    /// <exception cref="PlatformNotSupportedException">
    /// The options require the native transport, and this system does not support it.
    /// </exception>
    public static IDatagramTransport Open(UdpBridgeOptions options, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Transport switch
        {
            BridgeTransport.Sockets => new SocketTransport(),
            BridgeTransport.Native => OpenNative(),
            _ => LinuxCalls.IsSupported ? OpenNativeOrSockets(OpenNative, logger) : new SocketTransport(),
        };
    }

    /// <summary>Opens the native transport. If the system does not allow it, opens sockets, and logs it.</summary>
    internal static IDatagramTransport OpenNativeOrSockets(Func<IDatagramTransport> openNative, ILogger logger)
    {
        try
        {
            return openNative();
        }
        catch (PlatformNotSupportedException exception)
        {
            Log.TransportNotStarted(logger, exception.Message);
            return new SocketTransport();
        }
    }

    private static LinuxTransport OpenNative()
    {
        if (!LinuxCalls.IsSupported)
        {
            throw new PlatformNotSupportedException("The native transport needs 64-bit Linux.");
        }

        try
        {
            return new();
        }
        catch (Exception exception)
            when (exception is SocketException or DllNotFoundException or EntryPointNotFoundException)
        {
            var reason = exception is SocketException { SocketErrorCode: var code } ? code.ToString() : exception.Message;
            throw new PlatformNotSupportedException($"The native transport did not start: {reason}", exception);
        }
    }
}
