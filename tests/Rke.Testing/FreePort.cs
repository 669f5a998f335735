using System.Net;
using System.Net.Sockets;

namespace Rke.Testing;

/// <summary>Ports for programs that cannot report a port that the system chose.</summary>
public static class FreePort
{
    private const int First = 10_000;
    private const int Count = 10_000;

    private static int _last = Random.Shared.Next(Count);

    /// <summary>
    /// A port of loopback that is free for TCP and UDP. It is below the range of client ports, and it is possible to add 10,000 for
    /// a Redis cluster. Each call returns another port, because programs bind the ports later.
    /// </summary>
    public static int Next()
    {
        while (true)
        {
            var endPoint = new IPEndPoint(
                IPAddress.Loopback, First + ((Interlocked.Increment(ref _last) & int.MaxValue) % Count));
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                tcp.Bind(endPoint);
                udp.Bind(endPoint);
                return endPoint.Port;
            }
            catch (SocketException)
            {
                // Another program uses the port.
            }
        }
    }
}
