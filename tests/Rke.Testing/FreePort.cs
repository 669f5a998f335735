using System.Net;
using System.Net.Sockets;

namespace Rke.Testing;

/// <summary>Ports for programs that cannot report which port the system gave them.</summary>
public static class FreePort
{
    private const int First = 10_000;
    private const int Count = 10_000;

    private static int _last = Random.Shared.Next(Count);

    /// <summary>
    /// A port of loopback that is free for TCP and UDP. It is below the range that the system gives to clients, and below
    /// the ports that a Redis cluster adds 10,000 to. No port is given twice, because most are bound only later.
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
                // Another program uses it.
            }
        }
    }
}
