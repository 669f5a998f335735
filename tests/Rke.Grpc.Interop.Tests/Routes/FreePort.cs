using System.Net;
using System.Net.Sockets;

namespace Rke.Grpc.Interop.Tests;

internal static class FreePort
{
    /// <summary>A port that was free a moment ago: for programs that cannot say which port they were given.</summary>
    public static int Next()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
